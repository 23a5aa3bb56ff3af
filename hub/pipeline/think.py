"""From a question to clauses: stream the first language model that answers, cut into clauses."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import structlog

from hub.domain.clock import Clock
from hub.domain.household import Freight, LedgerKind
from hub.domain.talk import Turn
from hub.domain.trace import Work
from hub.errors import ProviderError, ProviderTimeoutError
from hub.pipeline.clauses import ClauseSplitter
from hub.pipeline.private import masked
from hub.pipeline.timings import Measure, Timings
from hub.providers.base import Llm, LlmDelta, LlmRequest
from hub.safety.outgoing import Outgoing, Shipment

log = structlog.get_logger()

MOST_CHARACTERS = 2000
"""A reply past this is ended: a model that never stops must not talk for ever."""


async def think(
    llms: Sequence[Llm],
    request_for: Callable[[Llm], LlmRequest],
    *,
    outgoing: Outgoing,
    timeout_s: float,
    clock: Clock,
    timings: Timings,
    turn: Turn,
) -> AsyncGenerator[str]:
    """Clauses of one reply, not yet checked; writes the provider and tokens into `turn`.

    A model outside the house gets its request masked. Falls back to the next model only before the
    first clause; raises ProviderError when none answers, or when a reply breaks after it began.
    """
    problem = ProviderError("no language model is set up: see `pommai-hub doctor`")
    for llm in llms:
        turn.providers["llm"] = llm.name
        spoken = False
        try:
            request = request_for(llm)
            if not llm.local:
                request = masked(request, await outgoing.masker(keep=(request.toy_name,)))
            characters = sum(len(message.text) for message in request.messages)
            async with (
                outgoing.sending(
                    llm, LedgerKind.LLM, Freight.TEXT, characters, request.model
                ) as shipment,
                timings.span(Work.LLM, llm.name) as work,
                aclosing(
                    _clauses(llm, request, timeout_s, clock, timings, work, turn, shipment)
                ) as clauses,
            ):
                async for clause in clauses:
                    spoken = shipment.used = True
                    yield clause
            if spoken:
                return
            problem = ProviderError(f"{llm.name}: answered nothing")
        except ProviderError as error:
            if spoken:
                raise
            problem = error
        log.warning("language model failed", provider=llm.name, error=str(problem))
    raise problem


async def _clauses(
    llm: Llm,
    request: LlmRequest,
    timeout_s: float,
    clock: Clock,
    timings: Timings,
    work: Measure,
    turn: Turn,
    shipment: Shipment,
) -> AsyncGenerator[str]:
    splitter = ClauseSplitter(request.language)
    characters = 0
    async with aclosing(_deltas(llm, request, timeout_s, clock)) as deltas:
        async for delta in deltas:
            shipment.got(delta)
            turn.tokens_in += delta.tokens_in
            turn.tokens_out += delta.tokens_out
            if not delta.text:
                continue
            timings.mark("first_token")
            work.first()
            characters += len(delta.text)
            for clause in splitter.push(delta.text):
                yield clause
            if characters > MOST_CHARACTERS:
                break
    for clause in splitter.flush():
        yield clause


async def _deltas(
    llm: Llm, request: LlmRequest, timeout_s: float, clock: Clock
) -> AsyncGenerator[LlmDelta]:
    """The model's stream with a time limit on each piece."""
    async with aclosing(llm.reply(request)) as stream:
        while True:
            try:
                async with clock.timeout(timeout_s):
                    delta = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ProviderTimeoutError(
                    f"{llm.name}: nothing for {timeout_s:g} s; is its server overloaded?"
                ) from error
            yield delta
