"""What a model or an activity gives, on its way to the toy's speaker: each clause is checked, sounds have no words."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from hub.domain.lulling import USUAL, Played, Softly, Sound
from hub.domain.safety import Direction, Verdict
from hub.domain.talks.talk import TurnState
from hub.domain.talks.trace import Work
from hub.pipeline.answer.limits import TurnLimits
from hub.pipeline.answer.word_check import WordCheck
from hub.pipeline.context import TurnContext
from hub.pipeline.events import Refused
from hub.pipeline.speak.output import SpeechOutput


async def put_checked(
    context: TurnContext,
    output: SpeechOutput,
    words: WordCheck,
    thoughts: AsyncGenerator[Played],
    limits: TurnLimits | None = None,
) -> Verdict | None:
    """Until a clause is refused, whose verdict it gives, or the time is over. Without `limits` a parent began it."""
    async with aclosing(thoughts) as clauses:
        async for played in clauses:
            if isinstance(played, Sound):
                if within := limits.within(played) if limits else played:
                    await output.play(within)
                continue
            softly = played if isinstance(played, Softly) else Softly(played, USUAL)
            clause = words.speakable(softly.text)
            if not clause:
                continue
            if limits and limits.is_over:
                return None
            async with context.timings.span(Work.CHECK, clause=clause):
                verdict, safe = await words.check(clause)
            if safe is None:
                context.record.verdicts.append(verdict)
                context.record.refused.append(clause)
                return verdict
            context.timings.mark("first_clause")
            await output.put(safe, softly.manner)
            if limits:
                limits.speaks(clause)
    return None


async def refuse_toy(context: TurnContext, output: SpeechOutput, verdict: Verdict) -> None:
    """A clause of the model's, or of an activity's."""
    await context.tell_parents(verdict)
    await context.emit(Refused(verdict, Direction.TOY))
    await redirect(context, output, verdict)


async def redirect(context: TurnContext, output: SpeechOutput, verdict: Verdict) -> None:
    context.record.state = TurnState.REFUSED
    line = await context.services.guard.redirect(
        verdict, context.policy, context.ask.toy.language, seed=context.record.id
    )
    await output.put(line)
