"""The work of one turn: hear the child, and give the answer that may be begun already."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from contextlib import aclosing

import structlog

from hub.activities.activity import Part
from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy, Verdict
from hub.domain.talks.talk import Transcript, Turn, TurnState
from hub.errors import ProviderTimeoutError
from hub.knowledge.so_far import SoFar
from hub.pipeline.answer.checked import put_checked, refuse_toy
from hub.pipeline.answer.draft import Drafts
from hub.pipeline.answer.word_check import WordCheck, masker_for
from hub.pipeline.context import TurnContext, TurnServices
from hub.pipeline.events import Heard, SpeechEnded, SpeechStarted
from hub.pipeline.listen.endpoint import Endpointer, EndpointSettings, SpeechMark, speech_in
from hub.pipeline.listen.listener import Listener
from hub.pipeline.listen.recognise import Hearing
from hub.pipeline.listen.sound_check import Measured
from hub.pipeline.speak.output import SpeechOutput
from hub.providers.base import Stt
from hub.safety.guard import Line

log = structlog.get_logger()


class Exchange:
    """Each draft of an answer has a record of its own, of which one becomes that of `context`."""

    def __init__(self, context: TurnContext) -> None:
        self._context = context
        self._services = context.services
        self._ask = context.ask
        self._drafts: Drafts | None = None

    async def run(self) -> bool:
        """Whether anything was said. Raises, in groups, ProviderError and DataError."""
        if self._ask.line is not None:
            await self._recite(self._ask.line)
            return True
        if self._ask.part is not None:
            await self._play(self._ask.part)
            return True
        audio, toy, household = self._ask.audio, self._ask.toy, self._services.store.household
        if audio is not None and (await household.get()).silences(toy):
            return await self._say_not_now(audio)
        async with asyncio.TaskGroup() as tasks:
            self._drafts = Drafts(tasks, self._context)
            hearing = await self._hear(self._drafts)
            if hearing is None or not hearing.transcript.text:
                self._drafts.discard()
                hearing = None
            else:
                self._adopt(self._drafts.keep(hearing.transcript).record, hearing)
        if hearing is None and self._drafts.written:
            await self._services.store.turns.forget_draft(self._context.record.id)
        return hearing is not None

    async def _say_not_now(self, audio: AsyncIterable[PcmChunk]) -> bool:
        """Quiet time: one kind line, whatever somebody may have to say; whether anybody had."""
        if self._ask.streams and not await self._spoke(audio):
            return False
        await self._context.emit(SpeechEnded())
        await self._context.emit(Heard(Transcript(""), self._unasked()))
        await self._recite(await self._context.line(Line.QUIET))
        return True

    async def _spoke(self, audio: AsyncIterable[PcmChunk]) -> bool:
        """Whether anybody spoke, once they have finished; no recogniser is asked what it was."""
        services, settings = self._services, self._services.settings
        endpointer = Endpointer(
            await services.new_vad(),
            EndpointSettings(silence_ms=settings.silence_ms, max_ms=1000 * settings.max_s),
        )
        heard = speech_in(audio, endpointer, services.clock, settings.no_speech_s)
        async with aclosing(heard) as speech:
            async for item in speech:
                if item is SpeechMark.START:
                    await self._context.emit(SpeechStarted())
        return endpointer.speaking

    async def _recite(self, line: SafeText) -> None:
        """Say a line that is no answer; it is on the disk before."""

        async def put(output: SpeechOutput) -> None:
            await output.put(line)

        await self._speak_unasked(put)

    async def _play(self, part: Part) -> None:
        """An activity that no words began; what it says is checked like an answer."""
        context, services, toy = self._context, self._services, self._ask.toy
        context.record.providers["activity"] = part.name
        masker = await masker_for(services, toy, await services.providers.tts(toy))

        async def put(output: SpeechOutput) -> None:
            words = WordCheck(services.guard, toy, masker)
            if verdict := await put_checked(context, output, words, part.play()):
                await refuse_toy(context, output, verdict)

        await self._speak_unasked(put)

    async def _speak_unasked(self, put: Callable[[SpeechOutput], Awaitable[None]]) -> None:
        record = self._context.record
        record.verdicts.append(self._unasked())
        await self._services.store.turns.begin(record)
        output = SpeechOutput(self._context)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(output.run())
            await put(output)
            await output.close()

    def _unasked(self) -> Verdict:
        """The verdict where no words of a child's were there to be judged."""
        return Verdict(allowed=True, rules_version=self._context.policy.rules_version)

    async def fall_back(self) -> None:
        """It ended before its time: keep the words that were recognised, and tell parents what they must know.

        Where the answer had not begun, that is all there is of the turn.
        """
        if not self._context.record.heard and self._drafts and (guessed := self._drafts.guessed):
            guessed.state = TurnState.DRAFT
            self._go_on_in(guessed)
        record = self._context.record
        if not record.heard:
            return
        await self._keep_words(urgent=False)
        try:
            if not record.verdicts:
                verdict = await judge(self._services, record, self._context.policy)
                record.verdicts.append(verdict)
            if any(verdict.alert for verdict in record.verdicts):
                await self._keep_words(urgent=True)
            for verdict in record.verdicts:
                await self._context.tell_parents(verdict)
        except Exception as error:  # noqa: BLE001 - whatever it is, the turn goes on to its end
            log.error("a turn's alert not stored", error=str(error))

    async def _keep_words(self, *, urgent: bool) -> None:
        """Where they are not on the disk; `urgent` as in `Database.write`. The alert doesn't hang on it."""
        record = self._context.record
        if record.revision:
            return
        try:
            await self._services.store.turns.begin(record, urgent=urgent)
        except Exception as error:  # noqa: BLE001 - whatever it is, the turn goes on to its end
            log.error("a turn's words not stored", error=str(error))

    async def _hear(self, drafts: Drafts) -> Hearing | None:
        """The child's words; None when nothing was said. Raises ProviderError."""
        ask, services = self._ask, self._services
        if ask.audio is None:
            return Hearing(Transcript(ask.text or ""), provider="typed", audio_ms=0.0)
        vad = await services.new_vad()
        listener = Listener(self._context, vad, await self._recognisers(), drafts)
        microphone = Measured(ask.audio, services.clock)
        hearing = await listener.listen(microphone)
        self._context.record.sound = microphone.check()
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

    def _adopt(self, record: Turn, hearing: Hearing) -> None:
        """The record of the draft that was kept is the turn's from now on."""
        record.audio_in_ms = hearing.audio_ms
        record.providers["stt"] = hearing.provider
        self._go_on_in(record)
        if self._ask.audio is not None:
            self._context.timings.mark("transcript")

    def _go_on_in(self, record: Turn) -> None:
        """Make a draft's record the turn's, with what was noted and said before."""
        before = self._context.record
        record.sound = before.sound
        record.audio_out_ms += before.audio_out_ms
        record.said[:0] = before.said
        self._context.record = record


async def judge(services: TurnServices, turn: Turn, policy: SafetyPolicy) -> Verdict:
    """The guard's word on what was heard in `turn`, as nobody else waited for it. Raises DataError."""
    before = await services.store.turns.conversation(
        turn.toy_id, tried=turn.tried, visit_id=turn.visit_id
    )
    so_far = SoFar([other for other in before if other.id != turn.id])
    return await services.guard.check_child(turn.heard, policy, so_far.context())
