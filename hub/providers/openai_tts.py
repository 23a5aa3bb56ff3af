"""`openai`: voices behind OpenAI's speech API: OpenAI's own, or a server in the house (Kokoro, Speaches …)."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from hub.config import Config, OpenAiTtsSection
from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.address import in_this_house
from hub.providers.base import Availability
from hub.providers.far_side import no_key
from hub.providers.network_voice import LONGEST_SPEECH_S, NetworkVoice, Sound
from hub.providers.synthesis import CHUNK_MS
from hub.providers.voices import VoiceInfo

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._response import AsyncStreamedBinaryAPIResponse

    from hub.providers.openai_client import Where

KEY = "OPENAI_API_KEY"
RATE_HZ = 24_000
PIECE_BYTES = SAMPLE_BYTES * (RATE_HZ * CHUNK_MS // 1000)
MAX_ANSWER_BYTES = 2 * LONGEST_SPEECH_S * SAMPLE_BYTES * RATE_HZ
OWN_VOICES = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable",
    "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
"""Of https://api.openai.com; a server in the house has its own, e.g. Kokoro's "af_sky"."""


class OpenAiTts:
    """Voice names are the server's; setting `speed` (0.25 to 4, 1 is normal).

    A voice that the server doesn't know, such as another provider's, gets the configured one.
    """

    name = "openai"

    def __init__(
        self, settings: OpenAiTtsSection, key: str, timeout_s: float, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._key = key
        self._timeout_s = timeout_s
        self._voice = NetworkVoice(self.name, settings.voice, timeout_s, clock or SystemClock())
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()
        self.local = in_this_house(settings.base_url)

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.tts.openai, os.environ.get(KEY, ""), config.turn.tts_timeout_s)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        settings = config.tts.openai
        local = in_this_house(settings.base_url)
        if not environ.get(KEY) and not local:
            return Availability(False, no_key(KEY), local)
        where = f"{settings.model} at {urlsplit(settings.base_url).hostname}"
        return Availability(True, f"{where} with voice {settings.voice}", local)

    async def warm_up(self) -> None:
        if not self._key and not self.local:
            raise ProviderUnavailableError(f"{self.name}: {no_key(KEY)}")
        async with self._connecting:
            if self._client is None:
                # Importing the vendor's package takes a second.
                with ThreadPoolExecutor(1, thread_name_prefix="openai-import") as thread:
                    self._client = await asyncio.get_running_loop().run_in_executor(
                        thread, self._connect
                    )

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        words = text.words_for(policy)
        if not words.strip():
            return
        await self.warm_up()
        speed = min(4.0, max(0.25, voice.settings.get("speed", 1.0)))
        ask = partial(self._ask, words, speed)
        async with aclosing(self._voice.sound(ask, voice.name)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def voices(self) -> list[VoiceInfo]:
        """OpenAI's own; of another server only the configured one is known."""
        names = (self._settings.voice,) if self.local else OWN_VOICES
        return [VoiceInfo(name, name.capitalize()) for name in names]

    async def aclose(self) -> None:
        async with self._connecting:
            client, self._client = self._client, None
            if client is not None:
                await client.close()

    def _connect(self) -> "AsyncOpenAI":
        from hub.providers.openai_client import connect

        client = connect(self._settings.base_url, self._key, self._timeout_s, MAX_ANSWER_BYTES)
        _ = client.audio.speech  # imports that part of the package, here in the thread
        return client

    def _where(self) -> "Where":
        from hub.providers.openai_client import Where

        return Where(
            provider=self.name,
            host=urlsplit(self._settings.base_url).hostname or self._settings.base_url,
            key_name=KEY if self._key else "",
            model=self._settings.model,
            model_hint="set another as [tts.openai] model",
        )

    async def _ask(self, words: str, speed: float, voice: str, stack: AsyncExitStack) -> Sound:
        from openai import omit

        from hub.providers.openai_client import FAULTS, explain

        assert self._client is not None
        try:
            answer = await stack.enter_async_context(
                self._client.audio.speech.with_streaming_response.create(
                    model=self._settings.model,
                    voice=voice,
                    input=words,
                    response_format="pcm",
                    speed=speed if speed != 1 else omit,
                    instructions=self._instructions() or omit,
                )
            )
        except FAULTS as error:
            raise explain(error, self._where(), answering=False) from error
        kind = answer.headers.get("content-type", "")
        if not kind.startswith(("audio/", "application/octet-stream")):
            raise ProviderError(
                f"{self.name}: {self._where().host} answered something else than sound; "
                "check [tts.openai] base_url"
            )
        return Sound(RATE_HZ, self._pieces(answer))

    def _instructions(self) -> str:
        """tts-1 refuses requests with instructions."""
        return "" if self._settings.model.startswith("tts-1") else self._settings.instructions

    async def _pieces(self, answer: "AsyncStreamedBinaryAPIResponse") -> AsyncGenerator[bytes]:
        from hub.providers.openai_client import FAULTS, explain

        try:
            async for piece in answer.iter_bytes(PIECE_BYTES):
                yield piece
        except FAULTS as error:
            raise explain(error, self._where(), answering=True) from error
