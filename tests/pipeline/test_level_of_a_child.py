"""A child's own level in whole turns: it tightens the toy's while that child speaks, or while nobody knows who does."""

from dataclasses import replace
from pathlib import Path

from hub.domain.family.children import Child
from hub.domain.safety import SafetyLevel
from hub.domain.talks.talk import Turn, TurnState
from hub.knowledge.prompt import AUDIENCE
from tests.knowledge.memories.home import RememberingHome, remembering_home
from tests.pipeline.scripted import ScriptedLlm

SHOT = "The soldier shot the man with his gun."
ROUGH = "that is a damn good story"


def refused(turn: Turn) -> bool:
    return turn.state is TurnState.REFUSED


async def of_levels(home: RememberingHome, toy: SafetyLevel, **levels: SafetyLevel | None) -> None:
    family = {child.name: child for child in home.children}
    for name, level in levels.items():
        await home.store.children.save(replace(family[name], safety_level=level))
    kept = await home.store.toys.get(home.toy.id)
    assert kept is not None
    await home.store.toys.save(replace(kept, safety_level=toy))


async def test_the_level_of_who_speaks_counts_and_the_strictest_while_nobody_knows(
    tmp_path: Path,
) -> None:
    async with remembering_home(tmp_path, names=("Lucy", "Max"), llm=ScriptedLlm(SHOT)) as home:
        await of_levels(home, SafetyLevel.RELAXED, Lucy=SafetyLevel.STRICT, Max=None)
        for text, level in (
            ("how do wars end", SafetyLevel.STRICT),
            ("it's Max. how do wars end", SafetyLevel.RELAXED),
            ("it's Lucy. how do wars end", SafetyLevel.STRICT),
            ("it's Max. how do wars end", SafetyLevel.RELAXED),
            ("my name is Paul. how do wars end", SafetyLevel.STRICT),
        ):
            turn = await home.say(text)
            assert AUDIENCE[level] in home.told()
            assert refused(turn) is (level is SafetyLevel.STRICT), text
            assert SHOT in (turn.refused if refused(turn) else turn.said)


async def test_it_holds_for_what_a_child_says_too_and_at_once(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        await of_levels(home, SafetyLevel.RELAXED, Lucy=None)
        assert not refused(await home.say(ROUGH))
        await of_levels(home, SafetyLevel.RELAXED, Lucy=SafetyLevel.MODERATE)
        assert refused(await home.say(ROUGH))


async def test_it_never_loosens_what_the_toy_is_set_to(tmp_path: Path) -> None:
    async with remembering_home(tmp_path, names=("Lucy", "Max"), llm=ScriptedLlm(SHOT)) as home:
        await of_levels(home, SafetyLevel.STRICT, Lucy=SafetyLevel.RELAXED, Max=None)
        assert refused(await home.say("it's Lucy. how do wars end"))


async def test_a_child_who_has_the_toy_no_more_tightens_nothing(tmp_path: Path) -> None:
    async with remembering_home(tmp_path, names=("Lucy", "Max"), llm=ScriptedLlm(SHOT)) as home:
        await of_levels(home, SafetyLevel.RELAXED, Lucy=SafetyLevel.STRICT, Max=None)
        await home.store.toys.give(home.toy.id, [home.children[1].id])
        assert not refused(await home.say("how do wars end"))
        assert await home.store.children.get("c-Lucy") == Child(
            "c-Lucy", "Lucy", safety_level=SafetyLevel.STRICT
        )
