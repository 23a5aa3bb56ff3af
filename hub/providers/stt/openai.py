"""`openai`: recognisers behind OpenAI's transcription API: OpenAI's own, or a local one."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from pydantic import BaseModel, FiniteFloat, ValidationError

from hub.domain.audio import PcmChunk, wav
from hub.domain.talks.talk import Transcript
from hub.errors import ProviderTimeoutError
from hub.providers.base import ProviderSetup
from hub.providers.network.http import RemoteProvider, VendorAccount
from hub.providers.network.openai import KEY, OpenAiServer
from hub.providers.network.requests import asked_again
from hub.providers.stt.utterance import LOW_LOGPROB, NO_SPEECH, REPETITIVE, collect, transcript


class _Segment(BaseModel):
    text: str = ""
    avg_logprob: FiniteFloat = 0.0
    no_speech_prob: FiniteFloat = 0.0
    compression_ratio: FiniteFloat = 0.0

    @property
    def made_up(self) -> bool:
        """Whether Whisper heard words where there were none, or repeats itself."""
        silent = self.no_speech_prob > NO_SPEECH and self.avg_logprob < LOW_LOGPROB
        return silent or self.compression_ratio > REPETITIVE


class _Token(BaseModel):
    logprob: FiniteFloat = 0.0


class _Answer(BaseModel):
    """Of verbose_json `segments`, of json `logprobs`; a server may leave either out."""

    text: str
    segments: list[_Segment] | None = None
    logprobs: list[_Token] | None = None

    def transcript(self) -> Transcript:
        if self.segments:
            kept = [segment for segment in self.segments if not segment.made_up]
            return transcript("".join(s.text for s in kept), [s.avg_logprob for s in kept])
        return transcript(self.text, [token.logprob for token in self.logprobs or ()])


class OpenAiStt(RemoteProvider[OpenAiServer]):
    """Sends the whole utterance at its end, as a WAV file that is made in memory.

    Whisper models answer with segments and how sure they are; of `gpt-4o-…` the tokens tell.
    """

    name = "openai"

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.stt.openai
        self._timeout_s = setup.config.turn.stt_timeout_s
        self._clock = setup.clock
        account = VendorAccount(settings.base_url, KEY, setup.key(KEY), setup.clouds)
        server = OpenAiServer(self.name, "stt.openai", account, self._timeout_s)
        super().__init__(server, f"{settings.model} at {server.host}")

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        pcm = await collect(audio)
        yield await self._ask(wav(pcm), language) if pcm else Transcript("")

    async def _ask(self, sound: bytes, language: str) -> Transcript:
        model = self._settings.model
        by_token = "transcribe" in model
        request: dict[str, Any] = {
            "model": model,
            "file": ("speech.wav", sound, "audio/wav"),
            "language": language,
            "response_format": "json" if by_token else "verbose_json",
        } | ({"include": ["logprobs"]} if by_token else {})

        async def ask() -> bytes:
            return await self.server.ask(
                lambda client: client.audio.transcriptions.with_raw_response.create(**request),
                model=model,
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
            raise self.server.nonsense("no transcript") from error
