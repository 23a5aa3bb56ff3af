"""From a microphone to a transcript: find the utterance, transcribe it while it is spoken."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Sequence
from contextlib import aclosing
from functools import partial

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.household import LedgerKind
from hub.domain.talks.talk import Transcript
from hub.errors import ModelError
from hub.pipeline.answer.background import read_calm
from hub.pipeline.answer.draft import Draft, Drafts
from hub.pipeline.context import TurnContext
from hub.pipeline.events import Interim, SpeechEnded, SpeechStarted
from hub.pipeline.listen.endpoint import (
    Endpointer,
    EndpointSettings,
    SpeechMark,
    Waiting,
    speech_in,
)
from hub.pipeline.listen.recognise import Hearing, Outcome, Recognition
from hub.pipeline.listen.utterance import Utterance
from hub.pipeline.speak.output import SpeechOutput
from hub.providers.base import Stt
from hub.providers.listening.smart_turn import TurnModel
from hub.providers.listening.vad import Vad

log = structlog.get_logger()


class Listener:
    """Listens for one turn. Its events are the start and the end of speech, and the words so far."""

    def __init__(self, context: TurnContext, vad: Vad, stts: Sequence[Stt], drafts: Drafts) -> None:
        self._context = context
        self._services = services = context.services
        self._held, toy, settings = context.ask.held, context.ask.toy, services.settings
        self._waiting = Waiting(settings, toy.patience, toy.language)
        self._longest_ms = 1000 * settings.max_s if self._held else self._waiting.longest_ms
        self._endpointer = Endpointer(
            vad,
            EndpointSettings(silence_ms=self._longest_ms, max_ms=1000 * settings.max_s),
        )
        self._turn_model = None if self._held else services.turn_model
        self._finished: float | None = None
        """The turn model's opinion of the present silence."""
        self._words = Transcript("")
        """The newest transcript, interim ones too."""
        self._asked = False
        """The toy's last words were a question."""
        self._guesses = bool(stts) and services.outgoing.may_guess(stts[0], LedgerKind.STT)
        self._recognition = Recognition(context, stts, self._on_words)
        self._drafts = drafts
        self._listening = True
        self._pausing = False

    async def listen(self, audio: AsyncIterable[PcmChunk]) -> Hearing | None:
        """None where there was no speech. Raises ProviderError when no recogniser did its work.

        A recogniser that may guess does so at each short silence: its words say how long to wait
        for more, and are the transcript where no more comes. Another gets the sound once, as it
        is spoken, and its interim transcripts are the guesses. A draft begins on each.
        """
        services, utterance = self._services, self._context.utterance
        heard_speech = False
        async with asyncio.TaskGroup() as tasks:
            draft: Draft | None = None
            streamed: asyncio.Task[Outcome] | None = None
            judging: asyncio.Task[None] | None = None
            heard = speech_in(
                audio, self._endpointer, services.clock, services.settings.no_speech_s
            )
            async with aclosing(heard) as speech:
                async for item in speech:
                    if item is SpeechMark.PAUSE and self._turn_model is not None:
                        judging = tasks.create_task(self._judge(self._turn_model, utterance))
                    if item is SpeechMark.RESUME and judging is not None:
                        judging.cancel()
                    match item:
                        case PcmChunk():
                            utterance.append(item)
                        case SpeechMark.START:
                            heard_speech = True
                            await self._context.emit(SpeechStarted())
                            self._drafts.prepare()
                            tasks.create_task(self._read_whether_asked())
                            if not self._guesses:
                                streamed = tasks.create_task(
                                    self._recognition.begin(utterance, self._context.timings)
                                )
                        case SpeechMark.PAUSE if self._guesses:
                            draft = self._drafts.begin(
                                partial(self._recognition.begin, utterance.so_far())
                            )
                        case SpeechMark.PAUSE:
                            self._pausing = True
                            self._be_patient()
                            self._draft_on(self._words)
                        case SpeechMark.RESUME:
                            self._pausing = False
                            self._finished = None
                            self._endpointer.wait_ms = self._longest_ms
                            self._drafts.discard()
                            draft = None
            if judging is not None:
                judging.cancel()
            utterance.close()
            if not heard_speech:
                return None
            self._context.timings.zero(ago_ms=self._endpointer.silence_ms)
            self._context.timings.mark("endpoint")
            self._listening = False
            await self._context.emit(SpeechEnded())
            first: Awaitable[Outcome]
            if streamed is not None:
                first = streamed
            else:
                draft = draft or self._drafts.begin(partial(self._recognition.begin, utterance))
                first = asyncio.shield(draft.heard)
            return await self._wait_for(
                tasks.create_task(self._recognition.finish(utterance, first))
            )

    def _be_patient(self) -> None:
        """Wait for more as long as the words so far ask for."""
        if not self._held:
            endpointer = self._endpointer
            endpointer.wait_ms = self._waiting.after(
                self._words, endpointer, self._finished, asked=self._asked
            )

    async def _read_whether_asked(self) -> None:
        """Raises DataError."""
        store, toy_id = self._services.store, self._context.ask.toy.id
        before = await store.turns.conversation(toy_id, 1, tried=self._context.record.tried)
        self._asked = any(turn.asks for turn in before)

    async def _judge(self, model: TurnModel, utterance: Utterance) -> None:
        """Ask the turn model about the sound so far."""
        try:
            self._finished = await model.finished(utterance.pcm)
        except ModelError as error:
            log.warning("the turn model failed; the words alone count", error=str(error))
        else:
            self._be_patient()

    def _draft_on(self, words: Transcript) -> None:
        """Interim words are a guess where the child may have finished."""
        if words.text and (self._pausing or words.ended):
            self._drafts.begin_on(words)
        else:
            self._drafts.discard()

    async def _on_words(self, transcript: Transcript) -> None:
        self._words = transcript
        self._be_patient()
        if self._listening and transcript.text:
            await self._context.emit(Interim(transcript.text))
        if self._listening and not self._guesses:
            self._draft_on(transcript)

    async def _wait_for(self, hearing: asyncio.Task[Hearing]) -> Hearing:
        """`hearing`; a child who has finished doesn't wait for it in silence."""
        context = self._context
        output = SpeechOutput(context)
        calm = await read_calm(self._services, context.record)
        output.fills_silence = not calm

        async def within(seconds: float) -> Hearing:
            async with self._services.clock.timeout(seconds):
                return await asyncio.shield(hearing)

        return await output.until(within)
