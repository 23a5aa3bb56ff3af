"""What is written for stories, let's pretend and quizzes: the guard lets a toy say all of it."""

from collections.abc import Iterator
from typing import get_args

from hub.activities.playing.saying import filled
from hub.activities.playing.script import Meaning, Occasion, load
from hub.config.programs import SafetySection
from hub.domain.safety import SafetyLevel
from hub.providers.llm.storyteller.conversation import sentences
from hub.safety.build import build_guard
from tests.clock import FakeClock

SCRIPT = load()


def test_there_is_something_for_each_meaning_and_each_occasion() -> None:
    assert set(SCRIPT.when) == set(get_args(Meaning))
    assert set(SCRIPT.say) == set(get_args(Occasion))
    assert all((*SCRIPT.when.values(), *SCRIPT.say.values()))


def every_line() -> Iterator[str]:
    """All that can be said in these games, with something in each place."""
    parts = {
        "name": "Pip",
        "friend": "Olli",
        "hero": "fox",
        "other": "owl",
        "place": "Plum Valley",
        "goal": "the lost song",
        "way": "swing on the rope",
        "answer": "honey",
        "right": "four",
    }
    for lines in SCRIPT.say.values():
        yield from (filled(line, parts) for line in lines if "{found}" not in line)
    steps = [*SCRIPT.episodes, *(step for plot in SCRIPT.plots for step in plot.steps)]
    found = {way.finds for step in steps for way in step.ways} - {""}
    met = {way.meets for step in steps for way in step.ways} - {""}
    for line in (*SCRIPT.used, *SCRIPT.say["carry"]):
        yield from (filled(line, {**parts, "found": each}) for each in found)
    for line in SCRIPT.helped:
        yield from (filled(line, {**parts, "met": each}) for each in met)
    for opening in SCRIPT.openings:
        yield from (filled(line, parts) for line in (opening.say, opening.goal, opening.ending))
    for plot in SCRIPT.plots:
        yield from (plot.begin, plot.end)
    for each in SCRIPT.questions:
        yield from (each.ask, each.hint, each.more, f"It is {each.answer}.")
    for words in SCRIPT.spell.values():
        yield from (f"I spell {', '.join(word.upper())}. It is {word}." for word in words)
    for step in steps:
        yield from (filled(step.say, {**parts, "thing": each}) for each in found)
        yield f"{step.ask} {' or '.join(way.offer for way in step.ways)}?"
        yield from (filled(line, parts) for way in step.ways for line in (way.say, *step.otherwise))


async def test_every_sentence_passes_the_whole_guard_for_the_youngest() -> None:
    guard, refused = build_guard(SafetySection(), FakeClock()), []
    policy = guard.policy(SafetyLevel.STRICT)
    for sentence in {one for line in every_line() for one in sentences(line)}:
        assert "{" not in sentence, sentence
        verdict, _ = await guard.check_toy(sentence, policy)
        if not verdict.allowed:
            refused.append((sentence, verdict.category))
    assert refused == []
