"""`openai`: recognisers behind OpenAI's transcription API: OpenAI's own, or one in the house."""

import asyncio
import io
import math
import os
import wave
from collections.abc import AsyncGenerator, AsyncIterable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from hub.config import Config, OpenAiSttSection
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.talk import Transcript
from hub.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.address import in_this_house
from hub.providers.base import Availability
from hub.providers.far_side import no_key
from hub.providers.openai_server import OpenAiServer
from hub.providers.retry import asked_again
from hub.providers.utterance import collect, is_silent

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse

KEY = "OPENAI_API_KEY"
NO_SPEECH, LOW_LOGPROB, REPETITIVE = 0.6, -1.0, 2.4
"""Whisper's own limits for what it made up, see `hub.providers.whisper`."""
MODEL_HINT = "set another as [stt.openai] model"


class _Segment(BaseModel):
    text: str = ""
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0
    compression_ratio: float = 0.0

    @property
    def made_up(self) -> bool:
        """Whether Whisper heard words where there were none, or repeats itself."""
        silent = self.no_speech_prob > NO_SPEECH and self.avg_logprob < LOW_LOGPROB
        return silent or self.compression_ratio > REPETITIVE


class _Token(BaseModel):
    logprob: float = 0.0


class _Answer(BaseModel):
    """Of verbose_json `segments`, of json `logprobs`; a server may leave either out."""

    text: str
    segments: list[_Segment] | None = None
    logprobs: list[_Token] | None = None

    def transcript(self) -> Transcript:
        if self.segments:
            kept = [segment for segment in self.segments if not segment.made_up]
            text = _plain("".join(segment.text for segment in kept))
            return Transcript(text, _confidence([s.avg_logprob for s in kept]) if text else None)
        text = _plain(self.text)
        tokens = [token.logprob for token in self.logprobs or ()]
        return Transcript(text, _confidence(tokens) if text else None)


class OpenAiStt:
    """Sends the whole utterance at its end, as a WAV file that is made in memory.

    Whisper models answer with segments and how sure they are; of `gpt-4o-…` the tokens tell.
    """

    name = "openai"

    def __init__(
        self, settings: OpenAiSttSection, key: str, timeout_s: float, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._key = key
        self._timeout_s = timeout_s
        self._clock = clock or SystemClock()
        self._server = OpenAiServer(self.name, settings.base_url, key, KEY, timeout_s)
        self.local = in_this_house(settings.base_url)

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.stt.openai, os.environ.get(KEY, ""), config.turn.stt_timeout_s)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        settings = config.stt.openai
        local = in_this_house(settings.base_url)
        if not environ.get(KEY) and not local:
            return Availability(False, no_key(KEY), local)
        return Availability(
            True, f"{settings.model} at {urlsplit(settings.base_url).hostname}", local
        )

    async def warm_up(self) -> None:
        if not self._key and not self.local:
            raise ProviderUnavailableError(f"{self.name}: {no_key(KEY)}")
        client = await self._server.connect()
        # That part of the package is imported at its first use.
        await asyncio.to_thread(lambda: client.audio.transcriptions)

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        pcm = await collect(audio)
        if is_silent(pcm):
            yield Transcript("")
            return
        yield await self._ask(_wav(pcm), language)

    async def aclose(self) -> None:
        await self._server.aclose()

    async def _ask(self, wav: bytes, language: str) -> Transcript:
        model = self._settings.model

        def ask() -> Coroutine[None, None, bytes]:
            return self._server.ask(
                lambda client: _request(client, wav, model, language),
                model=model,
                model_hint=MODEL_HINT,
            )

        try:
            async with self._clock.timeout(self._timeout_s):
                body = await asked_again(ask, self._clock)
        except TimeoutError as error:
            raise ProviderTimeoutError(
                f"{self.name}: no transcript within {self._timeout_s:g} s; try again later"
            ) from error
        try:
            return _Answer.model_validate_json(body).transcript()
        except ValidationError as error:
            raise ProviderError(
                f"{self.name}: the server answered no transcript; check [stt.openai] base_url"
            ) from error


async def _request(
    client: "AsyncOpenAI", wav: bytes, model: str, language: str
) -> "LegacyAPIResponse[Any]":
    ask = client.audio.transcriptions.with_raw_response.create
    file = ("speech.wav", wav, "audio/wav")
    if "transcribe" in model:
        return await ask(
            model=model, file=file, language=language, response_format="json", include=["logprobs"]
        )
    return await ask(model=model, file=file, language=language, response_format="verbose_json")


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(SPEECH_RATE_HZ)
        writer.writeframes(pcm)
    return file.getvalue()


def _plain(text: str) -> str:
    return " ".join(text.split())


def _confidence(log_probabilities: list[float]) -> float | None:
    """0 to 1: the mean probability of a token; None where the server says nothing of it."""
    if not log_probabilities:
        return None
    return min(1.0, math.exp(sum(log_probabilities) / len(log_probabilities)))
