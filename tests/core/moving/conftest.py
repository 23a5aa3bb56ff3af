"""Two households, and Otto, who moves from one to the other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.app import App
from hub.config import loading
from hub.core.hub import Hub
from hub.domain.family.children import Child
from hub.domain.safety import Category, SafetyLevel
from hub.domain.toys import (
    HomeAssistantRights,
    HomeAssistantTask,
    Patience,
    ProviderChoice,
    Toy,
    Voice,
)
from hub.knowledge.characters import characters
from tests.guardian.trial import EMBEDDED

OTTO = Toy(
    "",
    "Otto",
    persona=next(each.persona for each in characters() if each.id != "bear"),
    voice=Voice("de", {"speed": 0.8}, "espeak"),
    providers=ProviderChoice(llm=("openai",)),
    model="gpt-9",
    temperature=0.3,
    max_tokens=90,
    safety_level=SafetyLevel.MODERATE,
    blocked_topics=frozenset({"santa", "guns"}),
    thresholds={Category.SCARY: 0},
    patience=Patience.PATIENT,
    home_assistant_rights=HomeAssistantRights(frozenset({HomeAssistantTask.LIGHTS}), ("attic",)),
    paused=True,
)


@asynccontextmanager
async def household(folder: Path) -> AsyncIterator[App]:
    settings = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(folder)})
    async with App(settings, {}) as app:
        yield app


@pytest.fixture
async def homes(tmp_path: Path) -> AsyncIterator[tuple[Hub, Hub]]:
    """Two that know nothing of each other; Otto and Lucy live in the first."""
    async with AsyncExitStack() as stack:
        here = (await stack.enter_async_context(household(tmp_path / "here"))).hub
        there = (await stack.enter_async_context(household(tmp_path / "there"))).hub
        await here.children.save(Child("lucy", "Lucy"))
        await here.toys.save(replace(OTTO, id="otto", child_ids=frozenset({"lucy"})))
        yield here, there


async def otto(hub: Hub) -> Toy:
    return await hub.toys.by_name("Otto")
