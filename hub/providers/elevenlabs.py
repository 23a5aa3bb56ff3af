"""`elevenlabs`: ElevenLabs' voices from the cloud; the words leave the house."""

import asyncio
import importlib
import importlib.util
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from functools import partial
from typing import TYPE_CHECKING, Self

from hub.config import Config, ElevenLabsSection
from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.consent import Consent
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice
from hub.errors import ProviderRequestError, ProviderUnavailableError, RefusedError
from hub.providers.address import in_this_house
from hub.providers.base import Availability
from hub.providers.far_side import FarSide, no_key
from hub.providers.mp3 import Mp3Decoder
from hub.providers.network_voice import NetworkVoice, Sound
from hub.providers.synthesis import CHUNK_MS
from hub.providers.voices import VoiceInfo

if TYPE_CHECKING:
    from hub.providers.elevenlabs_client import Client

KEY = "ELEVENLABS_API_KEY"
ADDRESS = "https://api.elevenlabs.io"
MP3_BITS_A_SECOND = 32_000
MAX_SAMPLES = 25
MAX_SAMPLE_BYTES = 10_000_000
"""ElevenLabs' own limits for the recordings of one voice."""
MAX_NAME_CHARACTERS = 100
_INSTALL = "install it with: pip install 'pommai[elevenlabs]'"


class ElevenLabs:
    """Voice names are ElevenLabs' ids; settings `stability`, `similarity_boost`, `style` (0 to 1),
    `speed` (1 is normal) and `use_speaker_boost` (0 or 1).

    A name that isn't one of its ids, such as another provider's voice, gets the configured voice.
    Also a VoiceCatalogue, with VoicePreviews and VoiceCloning.
    """

    name = "elevenlabs"

    def __init__(
        self, settings: ElevenLabsSection, key: str, timeout_s: float, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._key = key
        self._timeout_s = timeout_s
        self._clock = clock or SystemClock()
        self._address = settings.base_url or ADDRESS
        self._voice = NetworkVoice(self.name, settings.voice, timeout_s, self._clock)
        self._mp3 = Mp3Decoder(self.name)
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self.local = in_this_house(self._address)

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.tts.elevenlabs, os.environ.get(KEY, ""), config.turn.tts_timeout_s)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        local = in_this_house(config.tts.elevenlabs.base_url or ADDRESS)
        if importlib.util.find_spec("elevenlabs") is None:
            return Availability(False, f"elevenlabs is missing; {_INSTALL}", local)
        if not environ.get(KEY):
            return Availability(False, no_key(KEY), local)
        return Availability(True, f"ElevenLabs with voice {config.tts.elevenlabs.voice}", local)

    async def warm_up(self) -> None:
        await self._connected()
        if self._settings.format.startswith("mp3"):
            await self._mp3.open()

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        words = text.words_for(policy)
        if not words.strip():
            return
        ask = partial(self._ask, words, voice.settings)
        async with aclosing(self._voice.sound(ask, _as_id(voice.name))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def voices(self) -> list[VoiceInfo]:
        """Those of the account: ElevenLabs' own, the family's and clones."""
        return await (await self._connected()).voices()

    async def preview(self, voice_id: str) -> bytes:
        """A sample as MP3."""
        if not _as_id(voice_id):
            raise ProviderRequestError("elevenlabs: that isn't a voice's id; take one of the list")
        return await (await self._connected()).preview(voice_id)

    async def clone(self, name: str, samples: Sequence[bytes], consent: Consent) -> str:
        """Makes a voice of WAV or MP3 recordings; gives its id. The caller keeps `consent`.

        Raises RefusedError where the consent is not complete or the recordings are too many or big.
        """
        if not consent.who.strip() or not consent.text.strip() or not consent.when.tzinfo:
            raise RefusedError("a voice is cloned only with who agreed, when, and to which words")
        if consent.when > self._clock.now():
            raise RefusedError("the consent to clone this voice lies in the future")
        if not 0 < len(samples) <= MAX_SAMPLES or max(map(len, samples)) > MAX_SAMPLE_BYTES:
            raise RefusedError(
                f"a voice is cloned from 1 to {MAX_SAMPLES} recordings of at most "
                f"{MAX_SAMPLE_BYTES / 1e6:.0f} MB each"
            )
        if not 0 < len(name.strip()) <= MAX_NAME_CHARACTERS:
            raise RefusedError(f"a voice's name has 1 to {MAX_NAME_CHARACTERS} characters")
        files = [_file(number, sample) for number, sample in enumerate(samples, 1)]
        return await (await self._connected()).clone(name.strip(), files)

    async def aclose(self) -> None:
        async with self._connecting:
            client, self._client = self._client, None
            if client is not None:
                await client.aclose()
        await self._mp3.aclose()

    async def _ask(
        self, words: str, settings: Mapping[str, float], voice_id: str, stack: AsyncExitStack
    ) -> Sound:
        client = await self._connected()
        codec, rate = self._settings.format.split("_")[:2]
        rate_hz = int(rate)
        second_bytes = MP3_BITS_A_SECOND // 8 if codec == "mp3" else SAMPLE_BYTES * rate_hz
        pieces = await client.speech(
            stack,
            words,
            voice_id,
            self._settings.model,
            self._settings.format,
            self._settings.optimize_streaming_latency,
            settings,
            second_bytes * CHUNK_MS // 1000,
        )
        return Sound(rate_hz, self._mp3.decode(pieces, rate_hz) if codec == "mp3" else pieces)

    async def _connected(self) -> "Client":
        if not self._key:
            raise ProviderUnavailableError(f"elevenlabs: {no_key(KEY)}")
        async with self._connecting:
            if self._client is None:
                # Importing the vendor's package takes a second or more.
                with ThreadPoolExecutor(1, thread_name_prefix="elevenlabs-import") as thread:
                    loop = asyncio.get_running_loop()
                    self._client = await loop.run_in_executor(thread, self._connect)
            return self._client

    def _connect(self) -> "Client":
        try:
            vendor = importlib.import_module("hub.providers.elevenlabs_client")
        except ImportError as error:
            raise ProviderUnavailableError(f"elevenlabs: {error}; {_INSTALL}") from error
        far = FarSide(self.name, "tts.elevenlabs", KEY, self._address)
        client: Client = vendor.Client(self._key, self._address, self._timeout_s, far)
        return client


def _as_id(name: str) -> str:
    """The name where it can be an id; it becomes part of an address."""
    return name if name.isascii() and name.isalnum() else ""


def _file(number: int, sample: bytes) -> tuple[str, bytes, str]:
    if sample.startswith(b"RIFF"):
        return f"sample-{number}.wav", sample, "audio/wav"
    return f"sample-{number}.mp3", sample, "audio/mpeg"
