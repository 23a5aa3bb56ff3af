"""Reading somebody else's text aloud in a toy's voice, outside a turn: clause by clause, each checked before."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing

from hub.domain.audio import PcmChunk
from hub.domain.personal import Masker
from hub.domain.safety import ContextLine, Direction
from hub.domain.talk import HOME_ASSISTANT, Turn
from hub.domain.toys import Toy
from hub.pipeline.clauses import ClauseSplitter, speakable
from hub.pipeline.keep_refusal import keep_refusal
from hub.pipeline.services import TurnServices
from hub.pipeline.speak import speak
from hub.pipeline.timings import Timings


async def read_aloud(
    services: TurnServices, toy: Toy, pieces: AsyncIterable[str]
) -> AsyncGenerator[PcmChunk]:
    """Speech at 16 kHz for a text that may still be growing.

    The first clause that the guard refuses is on the disk before a redirect is spoken in its place, and
    nothing after it is read. Raises ProviderError, DataError.
    """
    policy = services.guard.policy_for(toy)
    masker = await _masker(services, toy)
    record = Turn(uuid.uuid4().hex, toy.id, HOME_ASSISTANT, services.clock.now())
    timings = Timings(services.clock, lambda step, at_ms: None)
    said: list[ContextLine] = []
    async with aclosing(_clauses(pieces, toy.language)) as clauses:
        async for written in clauses:
            clause = speakable(masker.mask(written), toy.language) if masker else written
            if not clause:
                continue
            verdict, safe = await services.guard.check_toy(clause, policy, said)
            kept = await keep_refusal(services, toy, clause, verdict, Direction.TOY)
            if safe is None:
                safe = await services.guard.redirect(verdict, policy, toy.language, seed=record.id)
            if kept is not None:
                await services.store.spoken(kept, safe)
            said.append(ContextLine(Direction.TOY, clause))
            async with aclosing(speak(services, toy, safe, policy, timings, record)) as sound:
                async for chunk in sound:
                    yield chunk
            if not verdict.allowed:
                return


async def _masker(services: TurnServices, toy: Toy) -> Masker | None:
    """None where no voice may send the words out of the house."""
    if all(voice.local for voice in await services.providers.tts(toy)):
        return None
    return await services.outgoing.masker(keep=(toy.name,))


async def _clauses(pieces: AsyncIterable[str], language: str) -> AsyncGenerator[str]:
    splitter = ClauseSplitter(language)
    async for piece in pieces:
        for clause in splitter.push(piece):
            yield clause
    for clause in splitter.flush():
        yield clause
