"""`deepgram`: Deepgram's streaming recogniser; the child's voice leaves the home.

Through aiohttp's WebSocket client. Deepgram's own SDK (7.16, some 950 generated modules) drops
what it can't parse without a word, checks no types and sets no bounds, and what is needed of the
protocol is two messages one way and three the other.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AsyncExitStack, aclosing, suppress

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk
from hub.domain.talks.talk import Transcript
from hub.errors import ProviderBusyError, ProviderError, ProviderTimeoutError
from hub.providers.base import ProviderSetup
from hub.providers.network.http import HttpServer, RemoteProvider, VendorAccount
from hub.providers.network.requests import answers, asked_again
from hub.providers.stt.utterance import MAX_CHARACTERS, samples

KEY = "DEEPGRAM_API_KEY"
ADDRESS = "https://api.deepgram.com"
MAX_MESSAGE_BYTES = 1 << 18
CLOSE_S = 1.0
PAUSE_MS = 300
LANGUAGES = frozenset({"de", "en", "es", "fr", "hi"})
"""Of ours those that Nova-2 and Nova-3 know, by https://developers.deepgram.com/docs/models-languages-overview."""
UTTERANCE_END_MS = 1000
"""Silence after which Deepgram calls a piece of speech, and then the whole of it, ended."""


class _Alternative(BaseModel):
    transcript: str = Field("", max_length=MAX_CHARACTERS)
    confidence: float = Field(0.0, ge=0, le=1)


class _Channel(BaseModel):
    alternatives: list[_Alternative] = []


class _Message(BaseModel):
    """By https://developers.deepgram.com/reference/speech-to-text/listen-streaming."""

    type: str
    is_final: bool = False
    speech_final: bool = False
    channel: _Channel | list[int] = []


class Deepgram(RemoteProvider[HttpServer]):
    """Yields a transcript with each message: interim ones as words come, an empty one when it first
    hears speech, `ended` ones when it takes the speaker to have finished.

    Asks Deepgram not to train on what it hears (`mip_opt_out`).
    """

    name = "deepgram"

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.stt.deepgram
        self._timeout_s = setup.config.turn.stt_timeout_s
        self._clock = setup.clock
        account = VendorAccount(settings.base_url or ADDRESS, KEY, setup.key(KEY), setup.clouds)
        server = HttpServer(self.name, "stt.deepgram", account)
        super().__init__(server, f"Deepgram {settings.model}")

    def hears(self, language: str) -> bool:
        return language in LANGUAGES

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        words = _Words()
        async with AsyncExitStack() as stack:
            try:
                async with self._clock.timeout(self._timeout_s):
                    socket = await asked_again(lambda: self._connect(stack, language), self._clock)
                messages = answers(
                    self._send(socket, audio), socket.receive, self._clock, self._timeout_s
                )
                await stack.enter_async_context(aclosing(messages))
                async for raw in messages:
                    message = self._parse(raw)
                    if message is None:
                        break
                    if (heard := words.hear(message)) is not None:
                        yield heard
            except TimeoutError as error:
                raise ProviderTimeoutError(
                    f"{self.name}: no transcript within {self._timeout_s:g} s; try again later"
                ) from error
            yield words.transcript(final=True)

    async def _connect(
        self, stack: AsyncExitStack, language: str
    ) -> aiohttp.ClientWebSocketResponse:
        session = await self.server.open()
        try:
            socket = await session.ws_connect(
                f"{self.server.account.url.rstrip('/')}/v1/listen",
                params=self._parameters(language),
                headers={"Authorization": f"Token {self.server.account.key}"},
                max_msg_size=MAX_MESSAGE_BYTES,
            )
        except aiohttp.WSServerHandshakeError as error:
            retry_after = error.headers.get("Retry-After") if error.headers else None
            raise self.server.refusal(error.status, retry_after) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self.server.unreachable() from error
        stack.push_async_callback(self._close, socket)
        return socket

    async def _close(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """aiohttp waits for the far side's goodbye, past everything that it still sends."""
        with suppress(TimeoutError):
            async with self._clock.timeout(CLOSE_S):
                await socket.close()

    def _parameters(self, language: str) -> dict[str, str]:
        return {
            "model": self._settings.model,
            "language": language,
            "encoding": "linear16",
            "sample_rate": str(SPEECH_RATE_HZ),
            "channels": "1",
            "interim_results": "true",
            "punctuate": "true",
            "vad_events": "true",
            "endpointing": str(PAUSE_MS),
            "utterance_end_ms": str(UTTERANCE_END_MS),
            "mip_opt_out": "true",
        }

    async def _send(
        self, socket: aiohttp.ClientWebSocketResponse, audio: AsyncIterable[PcmChunk]
    ) -> None:
        """The sound as it comes, then a request for the rest. Where the line is lost, receiving says so."""
        try:
            async for data in samples(audio):  # an empty message would be the end to Deepgram
                async with self._clock.timeout(self._timeout_s):  # it may have ceased to read
                    await socket.send_bytes(data)
            await socket.send_json({"type": "CloseStream"})
        except (aiohttp.ClientError, ConnectionError):
            return

    def _parse(self, raw: aiohttp.WSMessage) -> _Message | None:
        """None at the proper end. Raises a ProviderError for whatever isn't Deepgram's."""
        if raw.type is aiohttp.WSMsgType.TEXT:
            try:
                message = _Message.model_validate_json(raw.data)
            except ValidationError as error:
                raise self.server.nonsense() from error
            if message.type == "Error":
                raise ProviderBusyError(
                    f"{self.name}: {self.server.host} reported trouble; it is tried again later"
                )
            return None if message.type == "Metadata" else message
        if raw.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.ERROR):
            raise self.server.nonsense()
        raise self.server.broke_off()


class _Words:
    """What was heard so far: settled pieces and the one that may still change."""

    def __init__(self) -> None:
        self._settled: list[_Alternative] = []
        self._interim = _Alternative()

    def hear(self, message: _Message) -> Transcript | None:
        """What a message changes; None where that is nothing."""
        if message.type == "SpeechStarted":
            return self.transcript()
        if message.type == "UtteranceEnd":
            return self.transcript(ended=True)
        if message.type != "Results" or not isinstance(message.channel, _Channel):
            return None
        best = (message.channel.alternatives or [_Alternative()])[0]
        self._interim = best
        if message.is_final:
            self._interim = _Alternative()
            if best.transcript.strip():
                self._settled.append(best)
        if sum(len(piece.transcript) for piece in self._settled) > MAX_CHARACTERS:
            raise ProviderError("deepgram: it heard far more than anybody can say; check base_url")
        if not best.transcript.strip() and not message.speech_final:
            return None
        return self.transcript(ended=message.speech_final)

    def transcript(self, *, ended: bool = False, final: bool = False) -> Transcript:
        pieces = [*self._settled, self._interim]
        text = " ".join(piece.transcript.strip() for piece in pieces).strip()
        return Transcript(text, self._confidence() if final else None, final, ended)

    def _confidence(self) -> float | None:
        """The mean of the settled pieces, by their length."""
        weight = sum(len(piece.transcript) for piece in self._settled)
        if not weight:
            return None
        return sum(len(p.transcript) * p.confidence for p in self._settled) / weight
