"""From a question to clauses: stream the first language model that answers, cut into clauses, or what it calls."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from hub.activities.activity import Part
from hub.activities.tools import Toolbox, characters_of
from hub.domain.family.documents import FoundPassage, Passage
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.persona import DEFAULT_PERSONA
from hub.domain.play.limits import Pastime
from hub.domain.talks.notes import Excerpt, notes_message
from hub.domain.talks.talk import Message
from hub.domain.talks.trace import Work
from hub.domain.tools import ToolCall
from hub.domain.toys import ProviderKind, main_language
from hub.egress.gate import SentRequest
from hub.egress.masking import Masker
from hub.errors import ProviderError
from hub.knowledge.history import messages, of_speaker, within_budget
from hub.knowledge.memories.reading import Remembered
from hub.knowledge.prompt import build_request
from hub.knowledge.running_summary import NO_SUMMARY
from hub.knowledge.so_far import said_by_rote
from hub.pipeline.answer.background import Background
from hub.pipeline.answer.clauses import clauses_of
from hub.pipeline.context import TurnContext
from hub.pipeline.streams import within
from hub.pipeline.timings import Measure
from hub.providers.base import Llm, LlmRequest
from hub.providers.registry import EMBEDDED
from hub.safety.lines import Line

STORYTELLER = EMBEDDED[ProviderKind.LLM]
log = structlog.get_logger()

MAX_REPLY_CHARACTERS = 2000
"""A reply past this is ended: a model that never stops must not talk for ever."""
MAX_PASSAGES_CHARS = 6000
"""Of a family's documents in one request: some 1,500 tokens, which a small model at home reads in time."""
MAX_TOKENS = 100_000_000
"""A turn with more is a server's mistake, and would fit in no column."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a model may begin in a turn."""

    off: frozenset[Pastime] = frozenset()
    """None of these, as a parent doesn't want them now."""
    toolbox: Toolbox = field(default_factory=Toolbox)


async def think(
    context: TurnContext,
    background: Background,
    found: Sequence[FoundPassage],
    allowed: Allowed,
) -> AsyncGenerator[str | Part]:
    """Clauses of one reply, not yet checked; writes the provider and tokens into the turn's record.

    And which of the passages that were `found` the model was told. Where it calls a tool, what the call begins comes
    after the words before it, and ends the reply. After a call that can't be followed, and no words, it is asked once
    more, without tools.

    The storyteller writes English alone; in a toy that speaks another language it is a kind line that says so.

    A model in the cloud gets its request masked. Falls back to the next model only before the
    first clause; raises ProviderError when none answers, or when a reply breaks after it began.
    """
    turn = context.record
    problem = ProviderError("no language model is set up: see `pommai-hub doctor`")
    for llm in background.llms:
        turn.providers["llm"] = llm.name
        if llm.name == STORYTELLER and main_language(context.ask.toy.language) != "en":
            yield (await context.line(Line.NO_MODEL)).text
            return
        spoken = False
        try:
            told = passages_for(found, cloud=not llm.local)
            turn.passages = [passage.id for passage in told]
            request = _request(context, background, llm, told, allowed.off)
            for tools in allowed.toolbox.tries:
                calls: list[ToolCall] = []
                asked = replace(request, tools=tools)
                async with aclosing(_clauses(context, llm, asked, calls)) as clauses:
                    async for clause in clauses:
                        spoken = True
                        yield clause
                part = await allowed.toolbox.part(calls[0]) if calls else None
                if part:
                    yield part
                if part or spoken:
                    return
                if not calls:
                    break
                log.warning("a model's call is not followed", provider=llm.name)
            problem = ProviderError(f"{llm.name}: answered nothing")
        except ProviderError as error:
            if spoken:
                raise
            problem = error
        log.warning("language model failed", provider=llm.name, error=str(problem))
    raise problem


async def _clauses(
    context: TurnContext, llm: Llm, request: LlmRequest, calls: list[ToolCall]
) -> AsyncGenerator[str]:
    """Of one answer of that model's, which is in the ledger; `calls` gets the call that it ends with, if any."""
    outgoing = context.services.outgoing
    if not llm.local:
        request = _masked(request, await outgoing.masker(keep=(request.toy_name,)))
    characters = sum(len(message.text) for message in request.messages)
    characters += characters_of(request.tools)
    async with (
        outgoing.sending(llm, LedgerKind.LLM, ContentKind.TEXT, characters, request.model) as sent,
        context.timings.span(Work.LLM, llm.name) as work,
        aclosing(_texts(context, llm, request, work, sent, calls)) as texts,
        aclosing(clauses_of(texts, request.language)) as clauses,
    ):
        async for clause in clauses:
            sent.used = True
            yield clause
        sent.used = sent.used or bool(calls)


def passages_for(found: Iterable[FoundPassage], *, cloud: bool) -> list[Passage]:
    """Those that fit into a request; to a model in the cloud goes only what a parent let out."""
    left = MAX_PASSAGES_CHARS
    told: list[Passage] = []
    for each in found:
        if cloud and not each.passage.cloud:
            continue
        left -= len(each.passage.text)
        if left < 0 and told:
            break
        told.append(each.passage)
    return told


def _request(
    context: TurnContext,
    background: Background,
    llm: Llm,
    told: Sequence[Passage],
    off: frozenset[Pastime],
) -> LlmRequest:
    """What `llm` is asked; a child's name goes to no model in the cloud."""
    toy, turn = context.ask.toy, context.record
    family = background.family if llm.local else ()
    child = next((each for each in family if each.id == turn.child_id), None)
    older, last = within_budget(of_speaker(background.told, turn.child_id))
    so_far = background.summary if background.summary.child_id == turn.child_id else NO_SUMMARY
    older = [each for each in older if each.id not in so_far.turn_ids]
    turn = replace(turn, heard=context.words)
    remembered = Remembered() if context.may_be_visitor else background.remembered
    notes = remembered.notes(turn, toy.language, older, cloud=not llm.local, profile=child)
    excerpts = tuple(Excerpt(each.title, each.kind, each.text) for each in told)
    notes = replace(notes, so_far=so_far.text, passages=excerpts)
    history = messages(last, partial(said_by_rote, context.services.guard, toy))
    return build_request(
        toy,
        child,
        [*notes_message(notes), *history],
        turn,
        calm=background.so_far.calm,
        off=off,
    )


def _masked(request: LlmRequest, masker: Masker) -> LlmRequest:
    """The same question without personal details, the earlier lines of the talk included."""
    masked = tuple(Message(line.role, masker.mask(line.text)) for line in request.messages)
    return replace(request, messages=masked, child_name="", persona=DEFAULT_PERSONA)


async def _texts(
    context: TurnContext,
    llm: Llm,
    request: LlmRequest,
    work: Measure,
    sent: SentRequest,
    calls: list[ToolCall],
) -> AsyncGenerator[str]:
    """What the model writes, as it comes, up to MAX_REPLY_CHARACTERS; its tokens are counted, its calls kept."""
    turn, clock = context.record, context.services.clock
    timeout_s = context.services.settings.llm_timeout_s
    problem = f"{llm.name}: nothing for {timeout_s:g} s; is its server overloaded?"
    characters = 0
    async with aclosing(within(timeout_s, llm.reply(request), clock, problem)) as deltas:
        async for uncounted in deltas:
            delta = replace(
                uncounted,
                tokens_in=_count(uncounted.tokens_in),
                tokens_out=_count(uncounted.tokens_out),
            )
            sent.got(delta)
            turn.tokens_in = _count(turn.tokens_in + delta.tokens_in)
            turn.tokens_out = _count(turn.tokens_out + delta.tokens_out)
            if delta.call:
                calls.append(delta.call)
            if not delta.text:
                continue
            context.timings.mark("first_token")
            work.first()
            yield delta.text
            characters += len(delta.text)
            if characters > MAX_REPLY_CHARACTERS:
                return


def _count(tokens: int) -> int:
    """What a server says of its tokens, made into a number that can be kept."""
    return min(max(0, tokens), MAX_TOKENS)
