"""`wyoming`: any recogniser that speaks the Wyoming protocol, as Home Assistant's add-ons do."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import AsyncExitStack, aclosing

from wyoming.asr import Transcribe, TranscriptChunk, TranscriptStop
from wyoming.asr import Transcript as WyomingTranscript
from wyoming.audio import AudioStart
from wyoming.event import Event

from hub.config.programs import WyomingSttSection
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.talks.talk import Transcript
from hub.domain.toys import main_language
from hub.providers.base import ProviderSetup
from hub.providers.network.http import RemoteProvider
from hub.providers.network.requests import answers, asked_again
from hub.providers.stt.utterance import MAX_CHARACTERS, plain
from hub.providers.wyoming.service import WyomingService


class WyomingStt(RemoteProvider[WyomingService]):
    """Yields interim transcripts where the service streams them; it says nothing of confidence."""

    def __init__(self, setup: ProviderSetup) -> None:
        settings = WyomingSttSection() if setup.service else setup.config.stt.wyoming
        self._model = settings.model
        languages = setup.service.languages if setup.service else ()
        self._languages = frozenset(map(main_language, languages))
        self._clock = setup.clock
        self._timeout_s = setup.config.turn.stt_timeout_s
        service = WyomingService(
            "asr",
            setup.service or settings.address,
            self._timeout_s,
            setup.clock,
            setup.config.hub.interfaces,
        )
        self.name = service.name
        super().__init__(service, service.what)

    def hears(self, language: str) -> bool:
        """As the service said of itself, where it did."""
        return not self._languages or language in self._languages

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        text = ""
        async with AsyncExitStack() as stack:
            line = await asked_again(lambda: self.server.connect(stack), self._clock)
            await line.say(
                Transcribe(name=self._model or None, language=language),
                AudioStart(rate=SPEECH_RATE_HZ, width=SAMPLE_BYTES, channels=1),
            )
            events = answers(line.send(audio), line.hear, self._clock, self._timeout_s)
            await stack.enter_async_context(aclosing(events))
            try:
                async for event in events:
                    if event is None:
                        raise self.server.broken("it closed without a transcript")
                    if WyomingTranscript.is_type(event.type):
                        text = self._text(event)
                        break
                    if TranscriptStop.is_type(event.type):
                        break
                    if TranscriptChunk.is_type(event.type):
                        text = (text + self._text(event))[:MAX_CHARACTERS]
                        yield Transcript(plain(text), final=False)
            except TimeoutError as error:
                raise self.server.too_late("no transcript") from error
            yield Transcript(plain(text))

    def _text(self, event: Event) -> str:
        text = event.data.get("text")
        if not isinstance(text, str):
            raise self.server.broken("its transcript has no text")
        return text[:MAX_CHARACTERS]
