"""`wyoming`: any recogniser that speaks the Wyoming protocol, as Home Assistant's add-ons do."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Self

from wyoming.asr import Transcribe, TranscriptChunk, TranscriptStop
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event

from hub.config import Config, WyomingSttSection
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.house_services import HouseService
from hub.domain.talk import Transcript
from hub.errors import ProviderError
from hub.providers.base import Availability
from hub.providers.dialogue import answers
from hub.providers.retry import asked_again
from hub.providers.wyoming_service import Line, WyomingService, is_local

MAX_CHARACTERS = 20_000
"""Two minutes of the fastest speech are some 3000."""


class WyomingStt:
    """Yields interim transcripts where the service streams them; it says nothing of confidence."""

    def __init__(
        self,
        settings: WyomingSttSection,
        interfaces: tuple[str, ...],
        timeout_s: float,
        clock: Clock | None = None,
        *,
        name: str = "wyoming",
        program: str = "",
    ) -> None:
        """`name` and `program` as of `WyomingService`."""
        self.name = name
        self._settings = settings
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._service = WyomingService(
            "asr", settings.address, interfaces, timeout_s, self._clock, name=name, program=program
        )
        self.local = is_local(settings.address)

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.stt.wyoming, config.hub.interfaces, config.turn.stt_timeout_s)

    @classmethod
    def approved(cls, service: HouseService, config: Config) -> Self:
        """One that a parent approved on the pages."""
        return cls(
            WyomingSttSection(address=service.place),
            (),
            config.turn.stt_timeout_s,
            name=service.name,
            program=service.program,
        )

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        address = config.stt.wyoming.address
        if not address:
            return Availability(False, "set [stt.wyoming] address to a service's host:port or name")
        return Availability(True, f"Wyoming service {address}", is_local(address))

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
            events = answers(_send(line, audio), line.hear, self._clock, self._timeout_s)
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
                        yield Transcript(" ".join(text.split()), final=False)
            except TimeoutError as error:
                raise self._service.too_late("no transcript") from error
            yield Transcript(" ".join(text.split()))

    async def aclose(self) -> None:
        """Nothing is held between two utterances."""

    def _text(self, event: Event) -> str:
        text = event.data.get("text")
        if not isinstance(text, str):
            raise self._service.broken("its transcript has no text")
        return text[:MAX_CHARACTERS]


async def _send(line: Line, audio: AsyncIterable[PcmChunk]) -> None:
    """The sound as it comes. Where the line is lost, hearing says so."""
    try:
        async for chunk in audio:
            if chunk.rate_hz != SPEECH_RATE_HZ:
                raise ValueError(f"a recogniser takes {SPEECH_RATE_HZ} Hz, not {chunk.rate_hz}")
            await line.say(
                AudioChunk(rate=SPEECH_RATE_HZ, width=SAMPLE_BYTES, channels=1, audio=chunk.data)
            )
        await line.say(AudioStop())
    except ProviderError:
        return
