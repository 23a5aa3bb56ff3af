"""The work of one turn: hear the child, and give the answer that may be begun already."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from functools import partial

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy, Verdict
from hub.domain.talk import Transcript, Turn, TurnState
from hub.errors import DataError, ProviderTimeoutError
from hub.pipeline.answer import Answer
from hub.pipeline.background import read_background, read_calm
from hub.pipeline.draft import Draft, Drafts, Known
from hub.pipeline.events import Heard, SpeechEnded, TurnEvent
from hub.pipeline.listen import Hearing, Listener
from hub.pipeline.mouth import Mouth
from hub.pipeline.quiet_time import is_quiet, spoke
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.so_far import SoFar
from hub.pipeline.sound_check import Measured
from hub.pipeline.tell_parents import Telling
from hub.pipeline.timings import Timings
from hub.providers.base import Stt
from hub.safety.guard import Line

log = structlog.get_logger()


class Exchange:
    """`turn` is its record. Each draft of an answer has one of its own, of which one becomes the turn's."""

    def __init__(
        self,
        services: TurnServices,
        ask: Ask,
        turn: Turn,
        policy: SafetyPolicy,
        timings: Timings,
        emit: Callable[[TurnEvent], Awaitable[None]],
    ) -> None:
        self.turn = turn
        self._services = services
        self._ask = ask
        self._policy = policy
        self._timings = timings
        self._emit = emit
        self._drafts: Drafts | None = None
        self._telling = Telling(services)

    async def run(self) -> bool:
        """Whether anything was said. Raises, in groups, ProviderError and DataError."""
        if self._ask.line is not None:
            await self._recite(self._ask.line)
            return True
        if self._ask.audio is not None and await self._quiet_time():
            return await self._say_not_now(self._ask.audio)
        read = partial(read_background, self._services, self._ask.toy, tried=self.turn.tried)
        async with asyncio.TaskGroup() as tasks:
            self._drafts = Drafts(tasks, self.turn, self._timings, read, self._answer)
            hearing = await self._hear(self._drafts)
            if hearing is None or not hearing.transcript.text:
                self._drafts.discard()
                hearing = None
            else:
                self._adopt(self._drafts.keep(hearing.transcript).turn, hearing)
        if hearing is None and self._drafts.written:
            await self._services.store.turns.forget_draft(self.turn.id)
        return hearing is not None

    async def _quiet_time(self) -> bool:
        return is_quiet(self._ask.toy, await self._services.store.household.get())

    async def _say_not_now(self, audio: AsyncIterable[PcmChunk]) -> bool:
        """Quiet time: one kind line, whatever somebody may have to say; whether anybody had."""
        services = self._services
        if self._ask.streams and not await spoke(services, audio, self._emit):
            return False
        await self._emit(SpeechEnded())
        await self._emit(Heard(Transcript(""), self._unasked()))
        language = self._ask.toy.language
        await self._recite(
            await services.guard.line(Line.QUIET, self._policy, language, seed=self.turn.id)
        )
        return True

    async def _recite(self, line: SafeText) -> None:
        """Say a line that is no answer; it is on the disk before."""
        turn = self.turn
        turn.verdicts.append(self._unasked())
        await self._services.store.turns.begin(turn)
        mouth = self._new_mouth()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(mouth.run())
            await mouth.put(line)
            await mouth.close()

    def _unasked(self) -> Verdict:
        """The verdict where no words of a child's were there to be judged."""
        return Verdict(allowed=True, rules_version=self._policy.rules_version)

    async def fall_back(self) -> None:
        """It ended before its time: keep the words that were recognised, and tell parents what they must know.

        Where the answer had not begun, that is all there is of the turn.
        """
        if not self.turn.heard and self._drafts is not None and (guessed := self._drafts.guessed):
            guessed.state = TurnState.DRAFT
            self._go_on_in(guessed)
        turn = self.turn
        if not turn.heard:
            return
        try:
            if not turn.revision:
                await self._services.store.turns.begin(turn)
            if not turn.verdicts:
                turn.verdicts.append(await self._judge(turn))
            for verdict in turn.verdicts:
                await self._telling.tell(turn, verdict)
        except DataError as error:
            log.error("a turn's words or alert not stored", turn=turn.id, error=str(error))

    async def _judge(self, turn: Turn) -> Verdict:
        """The guard's word on what was heard, as nobody else waited for it."""
        before = await self._services.store.turns.conversation(turn.toy_id, tried=turn.tried)
        so_far = SoFar([other for other in before if other.id != turn.id])
        return await self._services.guard.check_child(turn.heard, self._policy, so_far.context())

    async def _hear(self, drafts: Drafts) -> Hearing | None:
        """The child's words; None when nothing was said. Raises ProviderError."""
        ask, services = self._ask, self._services
        if ask.audio is None:
            return Hearing(Transcript(ask.text or ""), provider="typed", audio_ms=0.0)
        listener = Listener(
            services,
            await services.new_vad(),
            await self._recognisers(),
            ask.toy,
            self._timings,
            drafts,
            self._emit,
            self._while_recognising,
            held=ask.held,
        )
        microphone = Measured(ask.audio, services.clock)
        hearing = await listener.listen(microphone)
        self.turn.sound = microphone.check()
        return hearing

    async def _recognisers(self) -> Sequence[Stt]:
        give_up_s = self._services.settings.give_up_s
        try:
            async with self._services.clock.timeout(give_up_s):
                return await self._services.providers.stt(self._ask.toy)
        except TimeoutError as error:
            raise ProviderTimeoutError(
                f"no recogniser is ready after {give_up_s:g} s; it goes on being made ready"
            ) from error

    async def _while_recognising(self, hearing: asyncio.Task[Hearing]) -> Hearing:
        """`hearing`; a child who has finished doesn't wait for it in silence."""
        mouth = self._new_mouth()
        calm = await read_calm(self._services, self._ask.toy, tried=self.turn.tried)
        mouth.fills_silence = not calm

        async def within(seconds: float) -> Hearing:
            async with self._services.clock.timeout(seconds):
                return await asyncio.shield(hearing)

        return await mouth.until(within)

    async def _answer(self, draft: Draft, transcript: Transcript, known: Known) -> None:
        answer = Answer(
            self._services,
            self._ask,
            draft.turn,
            self._policy,
            draft.timings,
            self._emit,
            draft.guess,
            self._telling,
        )
        await answer.give(transcript, known)

    def _adopt(self, record: Turn, hearing: Hearing) -> None:
        """The record of the draft that was kept is the turn's from now on."""
        record.audio_in_ms = hearing.audio_ms
        record.providers["stt"] = hearing.provider
        self._go_on_in(record)
        if self._ask.audio is not None:
            self._timings.mark("transcript")

    def _go_on_in(self, record: Turn) -> None:
        """Make a draft's record the turn's, with what was noted and said before."""
        record.sound = self.turn.sound
        record.audio_out_ms += self.turn.audio_out_ms
        record.said[:0] = self.turn.said
        self.turn = record

    def _new_mouth(self) -> Mouth:
        """One that is not an answer's."""
        return Mouth(self._services, self._ask, self.turn, self._policy, self._timings, self._emit)
