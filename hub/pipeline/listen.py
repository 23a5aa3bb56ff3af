"""From a microphone to a transcript: find the utterance, transcribe it while it is spoken."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.household import Freight, LedgerKind
from hub.domain.talk import Transcript
from hub.domain.toys import Toy
from hub.domain.trace import Work
from hub.errors import (
    DataError,
    ModelError,
    PommaiError,
    ProviderError,
    ProviderTimeoutError,
)
from hub.pipeline.draft import Draft, Drafts, Outcome
from hub.pipeline.endpoint import Endpointer, EndpointSettings, Mark
from hub.pipeline.events import Interim, SpeechEnded, SpeechStarted, TurnEvent
from hub.pipeline.services import TurnServices
from hub.pipeline.timings import Timings
from hub.pipeline.utterance import Utterance
from hub.pipeline.waiting import Waiting
from hub.providers.base import Stt
from hub.providers.smart_turn import TurnModel
from hub.providers.vad import Vad
from hub.safety.outgoing import Shipment

log = structlog.get_logger()

STALL_S = 5.0
"""A microphone that sends nothing for so long has stopped."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard, by which recogniser, in how much sound."""

    transcript: Transcript
    provider: str
    audio_ms: float


class Listener:
    """One turn's ears. `emit` is told of the start and the end of speech, and of the words so far."""

    def __init__(
        self,
        services: TurnServices,
        vad: Vad,
        stts: Sequence[Stt],
        toy: Toy,
        timings: Timings,
        drafts: Drafts,
        emit: Callable[[TurnEvent], Awaitable[None]],
        wait_for: Callable[[asyncio.Task["Hearing"]], Awaitable["Hearing"]],
        *,
        held: bool = False,
    ) -> None:
        """`wait_for` is how the end of recognising is waited for; `held`: as in `Ask`."""
        settings = services.settings
        self._held = held
        self._waiting = Waiting(settings, toy.patience, toy.language)
        self._longest_ms = 1000 * settings.max_s if held else self._waiting.longest_ms
        self._endpointer = Endpointer(
            vad,
            EndpointSettings(silence_ms=self._longest_ms, max_ms=1000 * settings.max_s),
        )
        self._turn_model = None if held else services.turn_model
        self._finished: float | None = None
        """The turn model's opinion of the present silence."""
        self._words = Transcript("")
        """The newest transcript, interim ones too."""
        self._settings = settings
        self._stts = stts
        self._guesses = bool(stts) and services.outgoing.may_guess(stts[0], LedgerKind.STT)
        self._outgoing = services.outgoing
        self._language = toy.language
        self._clock = services.clock
        self._timings = timings
        self._drafts = drafts
        self._emit = emit
        self._wait_for = wait_for
        self._listening = True
        self._pausing = False

    async def listen(self, audio: AsyncIterable[PcmChunk]) -> Hearing | None:
        """None where there was no speech. Raises ProviderError when no recogniser did its work.

        A recogniser that may guess does so at each short silence: its words say how long to wait
        for more, and are the transcript where no more comes. Another gets the sound once, as it
        is spoken, and its interim transcripts are the guesses. A draft begins on each.
        """
        utterance = Utterance()
        heard_speech = False
        async with asyncio.TaskGroup() as tasks:
            draft: Draft | None = None
            streamed: asyncio.Task[Outcome] | None = None
            judging: asyncio.Task[None] | None = None
            async with aclosing(self._speech(audio)) as speech:
                async for item in speech:
                    if item is Mark.PAUSE and self._turn_model is not None:
                        judging = tasks.create_task(self._judge(self._turn_model, utterance))
                    if item is Mark.RESUME and judging is not None:
                        judging.cancel()
                    match item:
                        case PcmChunk():
                            utterance.append(item)
                        case Mark.START:
                            heard_speech = True
                            await self._emit(SpeechStarted())
                            self._drafts.prepare()
                            if not self._guesses:
                                streamed = tasks.create_task(self._begin(utterance, self._timings))
                        case Mark.PAUSE if self._guesses:
                            draft = self._drafts.begin(partial(self._begin, utterance.so_far()))
                        case Mark.PAUSE:
                            self._pausing = True
                            self._be_patient()
                            self._draft_on(self._words)
                        case Mark.RESUME:
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
            self._timings.zero(ago_ms=self._endpointer.silence_ms)
            self._timings.mark("endpoint")
            self._listening = False
            await self._emit(SpeechEnded())
            first: Awaitable[Outcome]
            if streamed is not None:
                first = streamed
            else:
                draft = draft or self._drafts.begin(partial(self._begin, utterance))
                first = asyncio.shield(draft.heard)
            return await self._wait_for(tasks.create_task(self._first_to_succeed(utterance, first)))

    def _be_patient(self) -> None:
        """Wait for more as long as the words so far ask for."""
        if not self._held:
            ears = self._endpointer
            ears.wait_ms = self._waiting.after(self._words, ears, self._finished)

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

    async def _begin(self, utterance: Utterance, timings: Timings) -> Outcome:
        """What the preferred recogniser makes of it."""
        if not self._stts:
            return ProviderError("no recogniser is set up: see `pommai-hub doctor`")
        return await self._transcribe(self._stts[0], utterance, timings)

    async def _first_to_succeed(self, utterance: Utterance, first: Awaitable[Outcome]) -> Hearing:
        """The first recogniser began with the speech; the others get the whole of it, in turn."""
        problem: PommaiError | None = None
        for stt in self._stts:
            try:
                async with self._clock.timeout(self._settings.stt_timeout_s):
                    outcome = await (
                        self._transcribe(stt, utterance, self._timings) if problem else first
                    )
            except TimeoutError:
                self._timings.fail(Work.STT, stt.name)
                outcome = ProviderTimeoutError(
                    f"{stt.name}: no transcript within {self._settings.stt_timeout_s:g} s"
                )
            if isinstance(outcome, Transcript):
                return Hearing(outcome, stt.name, utterance.duration_ms)
            log.warning("recogniser failed", provider=stt.name, error=str(outcome))
            problem = outcome
        raise problem or ProviderError("no recogniser is set up: see `pommai-hub doctor`")

    async def _transcribe(self, stt: Stt, utterance: Utterance, timings: Timings) -> Outcome:
        """The final transcript; an error as a value, as it may come while the child still speaks."""
        try:
            async with (
                self._outgoing.sending(stt, LedgerKind.STT, Freight.AUDIO, 0) as shipment,
                timings.span(Work.STT, stt.name) as work,
                aclosing(
                    stt.transcribe(_carried(utterance, shipment), language=self._language)
                ) as transcripts,
            ):
                async for transcript in transcripts:
                    self._words = transcript
                    self._be_patient()
                    if self._listening and transcript.text:
                        await self._emit(Interim(transcript.text))
                    if self._listening and not self._guesses:
                        self._draft_on(transcript)
                    if transcript.final:
                        shipment.used = True
                        work.first()
                        return transcript
        except (ProviderError, DataError) as error:  # DataError: nothing may leave the house now
            return error
        return ProviderError(f"{stt.name}: ended without a final transcript")

    async def _speech(self, audio: AsyncIterable[PcmChunk]) -> AsyncGenerator[Mark | PcmChunk]:
        """The endpointer's view of `audio`, until the turn's end, a stall or too long a silence."""
        chunks = aiter(audio)
        waited_ms = 0.0
        while self._endpointer.speaking or waited_ms < 1000 * self._settings.no_speech_s:
            try:
                async with self._clock.timeout(STALL_S):
                    chunk = await anext(chunks)
            except (StopAsyncIteration, TimeoutError):
                return
            waited_ms += chunk.duration_ms
            for item in self._endpointer.push(chunk):
                if item is Mark.END:
                    return
                yield item


async def _carried(audio: AsyncIterable[PcmChunk], shipment: Shipment) -> AsyncGenerator[PcmChunk]:
    """`audio`, each chunk counted before it goes."""
    async for chunk in audio:
        await shipment.carry(len(chunk.data))
        yield chunk
