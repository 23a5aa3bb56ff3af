"""`elevenlabs`: ElevenLabs' voices from the cloud; the words leave the house."""

import asyncio
import importlib
import importlib.util
import os
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from hub.config import Config, ElevenLabsSection
from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import Availability
from hub.providers.synthesis import CHUNK_MS

if TYPE_CHECKING:
    from hub.providers.elevenlabs_client import Client

KEY = "ELEVENLABS_API_KEY"
RATE_HZ = 22_050
CHUNK_BYTES = SAMPLE_BYTES * (RATE_HZ * CHUNK_MS // 1000)
_INSTALL = "install it with: pip install 'pommai[elevenlabs]'"
_NO_KEY = f"set {KEY} in the hub's environment; keys are made at elevenlabs.io"


class ElevenLabs:
    """Voice names are ElevenLabs' ids; settings `stability`, `similarity_boost`, `style` (0 to 1),
    `speed` (1 is normal) and `use_speaker_boost` (0 or 1).

    A name that can't be an id, such as another provider's voice, gets the configured voice.
    """

    name = "elevenlabs"
    local = False

    def __init__(self, settings: ElevenLabsSection, key: str, timeout_s: float) -> None:
        self._settings = settings
        self._key = key
        self._timeout_s = timeout_s
        self._client: Client | None = None

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.tts.elevenlabs, os.environ.get(KEY, ""), config.turn.tts_timeout_s)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        if importlib.util.find_spec("elevenlabs") is None:
            return Availability(False, f"elevenlabs is missing; {_INSTALL}", local=False)
        if not environ.get(KEY):
            return Availability(False, _NO_KEY, local=False)
        return Availability(
            True, f"ElevenLabs with voice {config.tts.elevenlabs.voice}", local=False
        )

    async def warm_up(self) -> None:
        if self._client is not None:
            return
        if not self._key:
            raise ProviderUnavailableError(f"elevenlabs: {_NO_KEY}")
        # Importing the vendor's package takes a second or more.
        with ThreadPoolExecutor(1, thread_name_prefix="elevenlabs-import") as thread:
            self._client = await asyncio.get_running_loop().run_in_executor(thread, self._connect)

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        words = text.words_for(policy)
        if not words.strip():
            return
        await self.warm_up()
        assert self._client is not None
        voice_id = voice.name if voice.name.isalnum() else self._settings.voice
        rest = b""
        heard = False
        async for data in self._client.stream(
            words, voice_id, self._settings.model, voice.settings, CHUNK_BYTES
        ):
            data = rest + data
            whole = len(data) - len(data) % SAMPLE_BYTES
            rest = data[whole:]
            if whole:
                heard = True
                yield PcmChunk(data[:whole], RATE_HZ)
        if not heard:
            raise ProviderError("elevenlabs: it answered without sound; check the voice id")

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connect(self) -> "Client":
        try:
            vendor = importlib.import_module("hub.providers.elevenlabs_client")
        except ImportError as error:
            raise ProviderUnavailableError(f"elevenlabs: {error}; {_INSTALL}") from error
        client: Client = vendor.Client(self._key, self._settings.base_url, self._timeout_s)
        return client
