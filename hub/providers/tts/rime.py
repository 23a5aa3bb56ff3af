"""`rime`: Rime's voices from the cloud; the words leave the house."""

import os
import textwrap
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Self

from hub.config import Config, RimeSection
from hub.domain.clock import Clock, SystemClock
from hub.domain.toys import Voice
from hub.providers.base import Availability
from hub.providers.network.http import HttpServer, VendorAccount
from hub.providers.tts.mp3 import Mp3Decoder
from hub.providers.tts.network_tts import NetworkTts, Sound

KEY = "RIME_API_KEY"
RATE_HZ = 22_050
MAX_CHARACTERS = 500
"""As much as one request takes."""
ACCEPT = {"pcm": "audio/pcm", "mp3": "audio/mp3"}


class Rime(NetworkTts):
    """Voice names are Rime's speakers ("cove"); setting `speed` (1 is normal)."""

    name = "rime"

    def __init__(
        self, settings: RimeSection, key: str, timeout_s: float, clock: Clock | None = None
    ) -> None:
        super().__init__(settings.speaker, timeout_s, clock or SystemClock())
        self._settings = settings
        self._server = HttpServer(self.name, "tts.rime", VendorAccount(settings.base_url, KEY, key))
        self._mp3 = Mp3Decoder(self.name)
        self.local = self._server.local

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.tts.rime, os.environ.get(KEY, ""), config.turn.tts_timeout_s)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        account = VendorAccount(config.tts.rime.base_url, KEY, environ.get(KEY, ""))
        return account.available(f"Rime with speaker {config.tts.rime.speaker}")

    async def warm_up(self) -> None:
        await self._server.open()
        if self._settings.format == "mp3":
            await self._mp3.open()

    async def aclose(self) -> None:
        await self._server.aclose()
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
        answer = await self._server.post(stack, "/v1/rime-tts", body, accept)
        if not answer.content_type.startswith("audio/"):
            raise self._server.nonsense()
        pieces = self._server.pieces(answer)
        if self._settings.format == "mp3":
            pieces = self._mp3.decode(pieces, RATE_HZ)
        return Sound(RATE_HZ, pieces)
