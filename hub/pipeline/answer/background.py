"""What an answer needs to know of the household, read while the child still speaks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from hub.domain.family.children import Child
from hub.domain.family.voice_hints import VoiceHint
from hub.domain.household import Household
from hub.domain.play.judge import LONGEST_DAY, Subject
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.egress.masking import Masker
from hub.knowledge.memories.reading import Remembered, read_remembered
from hub.knowledge.running_summary import Summary
from hub.knowledge.so_far import SoFar
from hub.pipeline.answer.word_check import masker_for
from hub.pipeline.context import TurnServices
from hub.providers.base import Llm


@dataclass(frozen=True, slots=True)
class Background:
    told: Sequence[Turn]
    """The talk so far as a model may know it, the oldest first."""
    so_far: SoFar
    family: Sequence[Child]
    """The household's children."""
    remembered: Remembered
    summary: Summary
    """Of what was said in the talk before."""
    household: Household
    llms: Sequence[Llm]
    subjects: Sequence[Subject]
    """The toy and its children, as far as limits go; none where a grown-up tries the toy."""
    masker: Masker | None
    """For what is said in a cloud voice; None where all voices are local."""
    voices: Sequence[VoiceHint] = ()
    """Of the toy's children, where it has several and parents agreed."""


Known = Callable[[], Awaitable[Background]]
"""Waits for what is read; raises what went wrong with it."""


async def read_calm(services: TurnServices, turn: Turn) -> bool:
    """`SoFar.calm` by itself, as the rest may wait for a provider that is slow. Raises DataError."""
    talk = services.store.turns.conversation(turn.toy_id, tried=turn.tried, visit_id=turn.visit_id)
    return SoFar(await talk).calm


async def read_background(services: TurnServices, toy: Toy, turn: Turn) -> Background:
    """For `turn`, as it begins. Raises, in a group, DataError."""
    store, tried, visit_id = services.store, turn.tried, turn.visit_id
    async with asyncio.TaskGroup() as tasks:
        told = tasks.create_task(store.turns.for_model(toy.id, tried=tried, visit_id=visit_id))
        conversation = tasks.create_task(
            store.turns.conversation(toy.id, tried=tried, visit_id=visit_id)
        )
        family = tasks.create_task(store.children.list())
        remembered = tasks.create_task(read_remembered(store, toy))
        household = tasks.create_task(store.household.get())
        since = services.clock.now() - LONGEST_DAY
        subjects = None if tried else tasks.create_task(store.play.subjects(toy, since))
        hints = store.voice_hints.of(toy.child_ids if toy.is_shared and not tried else ())
        voice_hints = tasks.create_task(hints)
        llms = tasks.create_task(services.providers.llm(toy))
        voices = tasks.create_task(services.providers.tts(toy))
    return Background(
        told=told.result(),
        so_far=SoFar(conversation.result()),
        family=family.result(),
        remembered=remembered.result(),
        summary=await services.summaries.of(told.result()),
        household=household.result(),
        llms=llms.result(),
        subjects=subjects.result() if subjects else (),
        masker=await masker_for(services, toy, voices.result()),
        voices=voice_hints.result(),
    )
