"""What an answer needs to know of the household, read while the child still speaks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from hub.domain.children import Child
from hub.domain.household import Household
from hub.domain.play.judge import LONGEST_DAY, Subject
from hub.domain.talk import Message
from hub.domain.toys import Toy
from hub.egress.masking import Masker
from hub.knowledge.so_far import SoFar, said_by_rote
from hub.pipeline.answer.word_check import masker_for
from hub.pipeline.context import TurnServices
from hub.providers.base import Llm


@dataclass(frozen=True, slots=True)
class Background:
    history: Sequence[Message]
    """The talk so far as a model may know it, the oldest first."""
    so_far: SoFar
    child: Child | None
    household: Household
    llms: Sequence[Llm]
    subjects: Sequence[Subject]
    """The toy and its children, as far as limits go; none where a grown-up tries the toy."""
    masker: Masker | None
    """For what is said in a cloud voice; None where all voices are local."""


Known = Callable[[], Awaitable[Background]]
"""Waits for what is read; raises what went wrong with it."""


async def read_calm(services: TurnServices, toy: Toy, *, tried: bool) -> bool:
    """`SoFar.calm` by itself, as the rest may wait for a provider that is slow. Raises DataError."""
    return SoFar(await services.store.turns.conversation(toy.id, tried=tried)).calm


async def read_background(services: TurnServices, toy: Toy, *, tried: bool) -> Background:
    """`tried`: as in `Turn`. Raises, in a group, DataError."""
    store = services.store
    by_rote = partial(said_by_rote, services.guard, toy)
    async with asyncio.TaskGroup() as tasks:
        history = tasks.create_task(store.turns.history(toy.id, tried=tried, by_rote=by_rote))
        conversation = tasks.create_task(store.turns.conversation(toy.id, tried=tried))
        child = tasks.create_task(store.children.get(toy.child_id)) if toy.child_id else None
        household = tasks.create_task(store.household.get())
        since = services.clock.now() - LONGEST_DAY
        subjects = None if tried else tasks.create_task(store.play.subjects(toy, since))
        llms = tasks.create_task(services.providers.llm(toy))
        voices = tasks.create_task(services.providers.tts(toy))
    return Background(
        history=history.result(),
        so_far=SoFar(conversation.result()),
        child=child.result() if child else None,
        household=household.result(),
        llms=llms.result(),
        subjects=subjects.result() if subjects else (),
        masker=await masker_for(services, toy, voices.result()),
    )
