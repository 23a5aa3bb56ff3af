"""`rime`: Rime's voices from the cloud; the words leave the home."""

import textwrap
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from pydantic import TypeAdapter, ValidationError

from hub.domain.toys import Voice
from hub.errors import ProviderTimeoutError
from hub.providers.base import ProviderSetup, VoiceInfo, VoiceSetting, settings_of
from hub.providers.network.http import HttpServer, VendorAccount
from hub.providers.tts.mp3 import Mp3Decoder
from hub.providers.tts.network_tts import NetworkTts, Sound

KEY = "RIME_API_KEY"
RATE_HZ = 22_050
MAX_CHARACTERS = 500
"""As much as one request takes."""
ACCEPT = {"pcm": "audio/pcm", "mp3": "audio/mp3"}
VOICES_PATH = "/data/voices/all-v2.json"
"""By https://docs.rime.ai/api-reference/data/voices-v2: model to language to speakers."""
MAX_LIST_BYTES = 2_000_000
MAX_LIST_S = 10.0
ENGLISH: Final = "eng"
LANGUAGES: Final[Mapping[str, str]] = {
    ENGLISH: "en", "ara": "ar", "fra": "fr", "ger": "de", "heb": "he", "hin": "hi",
    "ita": "it", "jpn": "ja", "por": "pt", "spa": "es", "tam": "ta",
}  # fmt: skip
"""Rime's codes (ISO 639-2) to ours."""

_LIST = TypeAdapter(dict[str, dict[str, list[str]]])


class Rime(NetworkTts[HttpServer]):
    """Voice names are Rime's speakers ("cove"), and for one that speaks no English "diego:spa", with Rime's
    code of its language. Also a VoiceCatalogue, with VoiceSettings and SoundFormats.
    """

    name = "rime"
    formats = tuple(ACCEPT)
    voice_settings = (VoiceSetting("speed", 0.5, 2, 1),)

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.tts.rime
        account = VendorAccount(settings.base_url, KEY, setup.key(KEY), setup.clouds)
        server = HttpServer(self.name, "tts.rime", account)
        what = f"Rime with speaker {settings.speaker}"
        super().__init__(server, what, settings.speaker, setup)
        self._mp3 = Mp3Decoder(self.name)

    async def warm_up(self) -> None:
        await super().warm_up()
        if self._settings.format == "mp3":
            await self._mp3.open()

    async def aclose(self) -> None:
        await super().aclose()
        await self._mp3.aclose()

    async def voices(self) -> list[VoiceInfo]:
        """Those of the configured model. Rime's list is public, and has no samples."""
        try:
            async with self._clock.timeout(MAX_LIST_S), AsyncExitStack() as stack:
                answer = await self.server.get(stack, VOICES_PATH, "application/json")
                text = await self.server.whole(answer, MAX_LIST_BYTES)
        except TimeoutError as error:
            raise ProviderTimeoutError(
                f"rime: no list of voices within {MAX_LIST_S:g} s; try again later"
            ) from error
        try:
            by_language = _LIST.validate_json(text).get(self._settings.model, {})
        except ValidationError as error:
            raise self.server.nonsense() from error
        return [
            VoiceInfo(
                speaker if code == ENGLISH else f"{speaker}:{code}",
                speaker.replace("_", " ").title(),
                LANGUAGES.get(code, code),
            )
            for code, speakers in by_language.items()
            for speaker in speakers
        ]

    def parts(self, words: str) -> list[str]:
        return textwrap.wrap(words, MAX_CHARACTERS)

    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        speed = settings_of(voice, self.voice_settings)["speed"]
        speaker, _, code = voice.name.partition(":")
        body = {
            "text": words,
            "speaker": speaker,
            "lang": code or ENGLISH,
            "modelId": self._settings.model,
            "samplingRate": RATE_HZ,
            "speedAlpha": 1 / speed,  # below 1 is faster
        }
        sent_as = voice.format if voice.format in ACCEPT else self._settings.format
        accept = ACCEPT[sent_as]
        answer = await self.server.post(stack, "/v1/rime-tts", body, accept)
        if not answer.content_type.startswith("audio/"):
            raise self.server.nonsense()
        pieces = self.server.pieces(answer)
        if sent_as == "mp3":
            pieces = self._mp3.decode(pieces, RATE_HZ)
        return Sound(RATE_HZ, pieces)
