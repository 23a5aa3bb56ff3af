"""A line that a parent wants a toy to say, and the lines that a toy carries: through the guard, and on the disk."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.family.children import Child
from hub.domain.safety import Category, Verdict
from hub.domain.talks.talk import PARENT, Message, TurnState
from hub.domain.toys import Voice
from hub.errors import RefusedError
from hub.knowledge.history import messages
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Finished, Said
from hub.pipeline.speak.fixed_lines import KINDS
from hub.safety.guard import Line
from tests.pipeline.scripted import CheckThat, ScriptedLlm, ScriptedTts, house


class AwayTts(ScriptedTts):
    local = False


async def test_a_parents_words_are_said_and_kept_as_what_they_are(tmp_path: Path) -> None:
    async with house(tmp_path, llms=[ScriptedLlm("Yes, soup!")]) as home:
        line = await home.pipeline.checked(home.toy, "Dinner is ready! 🍲")
        async with home.pipeline.turn(Ask(home.toy, PARENT, line=line)) as running:
            events = [event async for event in running]
        kinds = [type(event) for event in events]
        assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == (Said, {Audio}, Finished)
        assert home.tts.spoken == ["Dinner is ready!"]
        [turn] = await home.store.turns.recent(1)
        assert (turn.heard, turn.said, turn.source) == ("", ["Dinner is ready!"], "parent")
        assert turn.state is TurnState.DONE
        await home.say("what is for dinner")
        history = messages(await home.store.turns.for_model(home.toy.id))
        assert history[0] == Message("assistant", "Dinner is ready!"), "no empty words of a child"


async def test_what_the_guard_refuses_is_said_by_nobody(tmp_path: Path) -> None:
    verdict = Verdict(allowed=False, category=Category.VIOLENCE, severity=5, reason="hurts")
    async with house(tmp_path, checks=[CheckThat(verdict)]) as home:
        with pytest.raises(RefusedError, match=r"does not let Pommai say that: violence \(hurts\)"):
            await home.pipeline.checked(home.toy, "something mean")
    async with house(tmp_path, checks=[CheckThat(OSError("gone"))]) as home:
        with pytest.raises(RefusedError, match="unchecked"):
            await home.pipeline.checked(home.toy, "anything, while the guard fails")
    async with house(tmp_path) as home:
        with pytest.raises(RefusedError, match="nothing in it"):
            await home.pipeline.checked(home.toy, "🐻 **")


async def test_a_childs_name_goes_to_no_voice_outside_the_house(tmp_path: Path) -> None:
    async with house(tmp_path, ttses=[AwayTts()]) as home:
        await home.store.children.save(Child("c1", "Mirabel"))
        line = await home.pipeline.checked(home.toy, "Mirabel, dinner is ready!")
        assert "Mirabel" not in line.text
        assert "dinner is ready" in line.text


async def test_a_toy_carries_reviewed_lines_of_each_kind_in_its_voice(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        lines = await home.pipeline.offline_lines(home.toy)
        sounds = [kind async for kind, _ in home.pipeline.sounds_of(home.toy, lines)]
        assert sounds == [kind for kind, _ in lines.keys]
        assert set(sounds) == set(KINDS)
        assert sounds[0] is Line.AWAY
        assert all(key.text.reviewed for _, key in lines.keys)
        asked = len(home.tts.spoken)
        again = [kind async for kind, _ in home.pipeline.sounds_of(home.toy, lines)]
        assert (again, len(home.tts.spoken)) == (sounds, asked), "what was made is kept"


async def test_another_voice_topic_or_level_is_another_version(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        toys = [
            home.toy,
            replace(home.toy, voice=Voice("fable")),
            replace(home.toy, blocked_topics=frozenset({"frogs"})),
            replace(home.toy, safety_level=home.toy.safety_level.RELAXED),
            replace(home.toy, language="de"),
        ]
        lines = [await home.pipeline.offline_lines(toy) for toy in toys]
        assert len({each.version for each in lines}) == len(toys)
        assert (await home.pipeline.offline_lines(home.toy)).version == lines[0].version
        assert not any("frog" in key.text.text for _, key in lines[2].keys)
