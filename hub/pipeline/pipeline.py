"""Where turns begin: everything that can talk to a toy does it through here, and can be stopped here.

What is heard and said outside a turn, for those who run a pipeline of their own, and a parent's own words are
checked like a turn's. What the guard stops there is kept like a turn: the parents read it, and are told where they
must be.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.network_services import provider_label
from hub.domain.safety import Direction, SafeText, Verdict
from hub.domain.talks.talk import HOME_ASSISTANT, Transcript, Turn, TurnState
from hub.domain.toys import Toy
from hub.errors import DataError, PommaiError, ProviderError, RefusedError
from hub.pipeline.answer.clauses import clauses_of
from hub.pipeline.answer.word_check import WordCheck, masker_for
from hub.pipeline.context import Ask, TurnContext, TurnServices
from hub.pipeline.emergency_stop import EmergencyStop
from hub.pipeline.exchange import judge
from hub.pipeline.listen.recognise import Recognition
from hub.pipeline.speak.fixed_lines import OfflineLines, offline_lines, sounds_of
from hub.pipeline.speak.voices import speak
from hub.pipeline.turn import RunningTurn
from hub.safety.guard import Line
from hub.translation import gettext as _

log = structlog.get_logger()


class Pipeline:
    """Begins turns, unless the emergency stop is on."""

    def __init__(self, services: TurnServices) -> None:
        self._services = services
        self.emergency_stop = EmergencyStop()

    def turn(self, ask: Ask) -> RunningTurn:
        """Raises StoppedError while the emergency stop is on."""
        self.emergency_stop.check()
        return RunningTurn(self._services, ask, self.emergency_stop)

    async def transcribe(self, toy: Toy, audio: AsyncIterable[PcmChunk]) -> Transcript:
        """The words in `audio`, at 16 kHz, by the toy's first recogniser that works; "" where there are none.

        The words come as they are, also those that the guard refuses; what it says of them is on the disk before.
        Raises StoppedError and, in a group where `audio` fails, ProviderError or DataError.
        """
        self.emergency_stop.check()
        services = self._services
        context = TurnContext.new(services, Ask(toy, HOME_ASSISTANT, audio=audio))
        recognition = Recognition(context, await services.providers.stt(toy))
        utterance = context.utterance
        outcome: Transcript | PommaiError
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(recognition.begin(utterance, context.timings))
            async for chunk in audio:
                utterance.append(chunk)
            utterance.close()
            try:
                outcome = (await recognition.finish(utterance, first)).transcript
            except PommaiError as error:  # raised below, so that it comes alone and in no group
                outcome = error
        if not isinstance(outcome, Transcript):
            raise outcome
        if outcome.text:
            verdict = await services.guard.check_child(outcome.text, context.policy)
            await self._keep_refusal(toy, outcome.text, verdict, Direction.CHILD)
        return outcome

    async def read_aloud(
        self, toy: Toy, pieces: AsyncIterable[str], by: str = ""
    ) -> AsyncGenerator[PcmChunk]:
        """Speech at 16 kHz, in a toy's voice, for somebody else's text that may still be growing.

        `by`: where another provider would speak in place of that one, it raises ProviderError.

        The first clause that the guard refuses is on the disk before a redirect is spoken in its place, and
        nothing after it is read. Raises StoppedError, also where the stop cuts it, ProviderError, DataError.
        """
        self.emergency_stop.check()
        async with aclosing(self._read_aloud(toy, pieces, by)) as sound:
            async for chunk in sound:
                self.emergency_stop.check()
                yield chunk

    async def _read_aloud(
        self, toy: Toy, pieces: AsyncIterable[str], by: str
    ) -> AsyncGenerator[PcmChunk]:
        services = self._services
        context = TurnContext.new(services, Ask(toy, HOME_ASSISTANT))
        words = await self._word_check(toy)
        async with aclosing(clauses_of(pieces, toy.language)) as clauses:
            async for written in clauses:
                clause = words.speakable(written)
                if not clause:
                    continue
                verdict, safe = await words.check(clause)
                kept = await self._keep_refusal(toy, clause, verdict, Direction.TOY)
                if safe is None:
                    safe = await services.guard.redirect(
                        verdict, context.policy, toy.language, seed=context.record.id
                    )
                if kept is not None:
                    await services.store.spoken(kept, safe)
                async with aclosing(speak(context, safe)) as sound:
                    async for chunk in sound:
                        if by and context.record.providers["tts"] != by:
                            raise ProviderError(
                                f"{provider_label(by)}: it can't speak just now; the hub's log says why"
                            )
                        yield chunk
                if not verdict.allowed:
                    return

    async def checked(self, toy: Toy, text: str) -> SafeText:
        """What `toy` may say of a parent's words, for an `Ask.line`. Raises RefusedError, DataError."""
        check = await self._word_check(toy)
        words = check.speakable(text)
        if not words:
            raise RefusedError(_("there is nothing in it that can be said aloud"))
        verdict, safe = await check.check(words)
        if safe is None:
            about = verdict.category.value.replace("_", " ")
            raise RefusedError(
                _(
                    "the guard does not let %(name)s say that: %(about)s (%(reason)s)",
                    name=toy.name,
                    about=about,
                    reason=verdict.reason,
                )
            )
        return safe

    async def _word_check(self, toy: Toy) -> WordCheck:
        services = self._services
        masker = await masker_for(services, toy, await services.providers.tts(toy))
        return WordCheck(services.guard, toy, masker)

    async def _keep_refusal(
        self, toy: Toy, text: str, verdict: Verdict, direction: Direction
    ) -> Turn | None:
        """`text` was heard, or was to be spoken. Both it and the alert are on the disk when this returns.

        None, and nothing kept, where it is neither refused nor anything that parents are told. Raises DataError.
        """
        if verdict.allowed and verdict.alert is None and not verdict.look:
            return None
        services = self._services
        from_child = direction is Direction.CHILD
        turn = Turn(
            id=uuid.uuid4().hex,
            toy_id=toy.id,
            source=HOME_ASSISTANT,
            started_at=services.clock.now(),
            child_id=toy.child_id,
            persona_version=toy.persona_version,
            visit_id=toy.visit_of(HOME_ASSISTANT),
            heard=text if from_child else "",
            refused=[] if from_child else [text],
        )
        # Without its verdict: where the hub dies before the alert is kept, the next start judges it.
        await services.store.turns.begin(turn, urgent=verdict.alert is not None)
        await services.alerts.tell_of(verdict, turn, services.guard)
        turn.state = TurnState.DONE if verdict.allowed else TurnState.REFUSED
        turn.verdicts = [verdict] if from_child else [Verdict(allowed=True), verdict]
        return await services.store.turns.save(turn)

    async def offline_lines(self, toy: Toy) -> OfflineLines:
        """The lines that it says where it can't reach the hub. Raises ProviderError."""
        return await offline_lines(self._services, toy)

    def sounds_of(self, toy: Toy, lines: OfflineLines) -> AsyncIterator[tuple[Line, bytes]]:
        """Their sound, 16 kHz. Raises ProviderError, DataError."""
        return sounds_of(self._services, toy, lines)

    async def judge_cut_turns(self) -> None:
        """At the start: judge each turn that a hub's death cut before the guard's word was kept, and send its alert.

        The alert is on the disk before the verdict is: what is cut amid this is judged again at the next start.
        """
        services = self._services
        try:
            for turn in await services.store.turns.cut_unjudged():
                toy = await services.store.toys.get(turn.toy_id)
                if toy is None:
                    continue  # it was removed this moment
                verdict = await judge(services, turn, services.guard.policy_for(toy))
                await services.alerts.tell_of(verdict, turn, services.guard)
                turn.verdicts.append(verdict)
                await services.store.turns.save(turn)
        except DataError as error:
            log.error("what was heard before the hub stopped is not judged", error=str(error))

    @property
    def stopped(self) -> bool:
        return self.emergency_stop.on
