"""`wyoming`: any recogniser that speaks the Wyoming protocol, as Home Assistant's add-ons do."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Self

from wyoming.asr import Transcribe, TranscriptChunk, TranscriptStop
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioStart
from wyoming.event import Event

from hub.config import Config, WyomingSttSection
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.network_services import NetworkService
from hub.domain.talk import Transcript
from hub.providers.base import Availability
from hub.providers.network.requests import answers, asked_again
from hub.providers.stt.utterance import MAX_CHARACTERS, plain
from hub.providers.wyoming.service import WyomingService, configured


class WyomingStt:
    """Yields interim transcripts where the service streams them; it says nothing of confidence."""

    def __init__(
        self,
        settings: WyomingSttSection,
        interfaces: tuple[str, ...],
        timeout_s: float,
        clock: Clock | None = None,
        *,
        service: NetworkService | None = None,
    ) -> None:
        """`service` is one that a parent approved; else the address of `settings` counts."""
        self._settings = settings
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._service = WyomingService(
            "asr", service or settings.address, timeout_s, self._clock, interfaces
        )
        self.name, self.local = self._service.name, self._service.local

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.stt.wyoming, config.hub.interfaces, config.turn.stt_timeout_s)

    @classmethod
    def approved(cls, service: NetworkService, config: Config) -> Self:
        """One that a parent approved on the pages."""
        return cls(WyomingSttSection(), (), config.turn.stt_timeout_s, service=service)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        return configured("stt.wyoming", config.stt.wyoming.address)

    async def warm_up(self) -> None:
        await self._service.describe()

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        text = ""
        async with AsyncExitStack() as stack:
            line = await asked_again(lambda: self._service.connect(stack), self._clock)
            await line.say(
                Transcribe(name=self._settings.model or None, language=language),
                AudioStart(rate=SPEECH_RATE_HZ, width=SAMPLE_BYTES, channels=1),
            )
            events = answers(line.send(audio), line.hear, self._clock, self._timeout_s)
            await stack.enter_async_context(aclosing(events))
            try:
                async for event in events:
                    if event is None:
                        raise self._service.broken("it closed without a transcript")
                    if WyomingTranscript.is_type(event.type):
                        text = self._text(event)
                        break
                    if TranscriptStop.is_type(event.type):
                        break
                    if TranscriptChunk.is_type(event.type):
                        text = (text + self._text(event))[:MAX_CHARACTERS]
                        yield Transcript(plain(text), final=False)
            except TimeoutError as error:
                raise self._service.too_late("no transcript") from error
            yield Transcript(plain(text))

    async def aclose(self) -> None:
        """Nothing is held between two utterances."""

    def _text(self, event: Event) -> str:
        text = event.data.get("text")
        if not isinstance(text, str):
            raise self._service.broken("its transcript has no text")
        return text[:MAX_CHARACTERS]
