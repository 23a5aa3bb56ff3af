"""`rime`: Rime's voices from the cloud; the words leave the home."""

import textwrap
from contextlib import AsyncExitStack

from hub.domain.toys import Voice
from hub.providers.base import ProviderSetup
from hub.providers.network.http import HttpServer, VendorAccount
from hub.providers.tts.mp3 import Mp3Decoder
from hub.providers.tts.network_tts import NetworkTts, Sound

KEY = "RIME_API_KEY"
RATE_HZ = 22_050
MAX_CHARACTERS = 500
"""As much as one request takes."""
ACCEPT = {"pcm": "audio/pcm", "mp3": "audio/mp3"}


class Rime(NetworkTts[HttpServer]):
    """Voice names are Rime's speakers ("cove"); setting `speed` (1 is normal)."""

    name = "rime"

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

    def parts(self, words: str) -> list[str]:
        return textwrap.wrap(words, MAX_CHARACTERS)

    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        speed = min(2.0, max(0.5, voice.settings.get("speed", 1.0)))
        body = {
            "text": words,
            "speaker": voice.name,
            "modelId": self._settings.model,
            "samplingRate": RATE_HZ,
            "speedAlpha": 1 / speed,  # below 1 is faster
        }
        accept = ACCEPT[self._settings.format]
        answer = await self.server.post(stack, "/v1/rime-tts", body, accept)
        if not answer.content_type.startswith("audio/"):
            raise self.server.nonsense()
        pieces = self.server.pieces(answer)
        if self._settings.format == "mp3":
            pieces = self._mp3.decode(pieces, RATE_HZ)
        return Sound(RATE_HZ, pieces)
