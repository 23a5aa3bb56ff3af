"""`rime`: Rime's voices from the cloud; the words leave the house."""

import os
import textwrap
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from functools import partial
from typing import Self

from hub.config import Config, RimeSection
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice
from hub.providers.address import in_this_house
from hub.providers.base import Availability
from hub.providers.far_side import no_key
from hub.providers.http_service import HttpService
from hub.providers.mp3 import Mp3Decoder
from hub.providers.network_voice import NetworkVoice, Sound

KEY = "RIME_API_KEY"
RATE_HZ = 22_050
MAX_CHARACTERS = 500
"""As much as one request takes."""
ACCEPT = {"pcm": "audio/pcm", "mp3": "audio/mp3"}


class Rime:
    """Voice names are Rime's speakers ("cove"); setting `speed` (1 is normal).

    A speaker that Rime doesn't know, such as another provider's voice, gets the configured one.
    """

    name = "rime"

    def __init__(
        self, settings: RimeSection, key: str, timeout_s: float, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._service = HttpService(self.name, "tts.rime", KEY, settings.base_url, key)
        self._voice = NetworkVoice(self.name, settings.speaker, timeout_s, clock or SystemClock())
        self._mp3 = Mp3Decoder(self.name)
        self.local = in_this_house(settings.base_url)

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.tts.rime, os.environ.get(KEY, ""), config.turn.tts_timeout_s)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        local = in_this_house(config.tts.rime.base_url)
        if not environ.get(KEY):
            return Availability(False, no_key(KEY), local)
        return Availability(True, f"Rime with speaker {config.tts.rime.speaker}", local)

    async def warm_up(self) -> None:
        await self._service.open()
        if self._settings.format == "mp3":
            await self._mp3.open()

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        words = text.words_for(policy)
        speed = min(2.0, max(0.5, voice.settings.get("speed", 1.0)))
        for part in textwrap.wrap(words, MAX_CHARACTERS):
            ask = partial(self._ask, part, speed)
            async with aclosing(self._voice.sound(ask, voice.name)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def aclose(self) -> None:
        await self._service.aclose()
        await self._mp3.aclose()

    async def _ask(self, words: str, speed: float, speaker: str, stack: AsyncExitStack) -> Sound:
        body = {
            "text": words,
            "speaker": speaker,
            "modelId": self._settings.model,
            "samplingRate": RATE_HZ,
            "speedAlpha": 1 / speed,  # below 1 is faster
        }
        accept = ACCEPT[self._settings.format]
        answer = await self._service.post(stack, "/v1/rime-tts", body, accept)
        if not answer.content_type.startswith("audio/"):
            raise self._service.nonsense()
        pieces = self._service.pieces(answer)
        if self._settings.format == "mp3":
            pieces = self._mp3.decode(pieces, RATE_HZ)
        return Sound(RATE_HZ, pieces)
