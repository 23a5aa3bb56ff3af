"""A hint by the voice in whole turns: it changes the toy's question and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.audio import PcmChunk
from hub.domain.family.children import Child
from hub.domain.family.visits import Visit
from hub.domain.family.voice_hints import ENOUGH_UTTERANCES, VoiceHint
from hub.domain.play.limits import DayLimits, PlayLimits, Whose
from hub.domain.talks.talk import Turn
from hub.pipeline.context import Ask
from hub.providers.listening.voice_model import Floats, VoiceModel
from hub.safety.lines import Line
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, house
from tests.pipeline.turns import record
from tests.safety.shipped import PHRASES
from tests.voices import HIGH_HZ, LOW_HZ, make_voice_model, voice

LUCYS, MAXS = voice(LOW_HZ), voice(HIGH_HZ)
DAY = timedelta(days=1)
ANSWER = "Bears like honey."
IS_IT_LUCY = PHRASES.lines(Line.IS_IT_YOU, "en", {"child": "Lucy"})
WHO_SPEAKS = PHRASES.lines(Line.WHO_SPEAKS, "en", {})
NO_MORE = PHRASES.lines(Line.LIMIT_MINUTES, "en", {})


async def sound(pcm: bytes) -> AsyncIterator[PcmChunk]:
    """With the silence that ends it."""
    whole = pcm + bytes(3 * 32_000)
    for start in range(0, len(whole), 640):
        yield PcmChunk(whole[start : start + 640])


async def hear(home: House, text: str, pcm: bytes) -> Turn:
    home.providers.stts = [ScriptedStt(text)]
    async with home.pipeline.turn(Ask(home.toy, "satellite", audio=sound(pcm))) as turn:
        return record([event async for event in turn])


class CountedModel(VoiceModel):
    asked = 0

    async def embed(self, pcm: bytes) -> Floats:
        self.asked += 1
        return await super().embed(pcm)


@dataclass
class Family:
    home: House
    model: CountedModel

    async def hear(self, text: str, pcm: bytes) -> Turn:
        """A whole turn, with what is learned after it."""
        turn = await hear(self.home, text, pcm)
        await settle()
        return turn


@asynccontextmanager
async def family(folder: Path, agreed: Sequence[str] = ("lucy", "max")) -> AsyncIterator[Family]:
    """Two share a toy; Max's minutes are used up, so that it matters who speaks."""
    model = CountedModel(make_voice_model(folder / "voice.onnx"))
    clock = FakeClock()
    async with house(folder, llms=[ScriptedLlm(ANSWER)], clock=clock, voices=model) as home:
        for name in ("lucy", "max"):
            await home.store.children.save(Child(name, name.title()))
        home.toy = await home.store.toys.give(home.toy.id, ["lucy", "max"])
        await home.store.play.save(Whose(child_id="max"), PlayLimits(DayLimits(minutes=0)))
        for name, pcm in (("lucy", LUCYS), ("max", MAXS)):
            if name in agreed:
                hint = VoiceHint(f"{name}'s", name, clock.now(), "I agree.")
                await home.store.voice_hints.agree(hint)
                for _ in range(ENOUGH_UTTERANCES):
                    await home.services.voice_hints.learn(name, pcm)
        model.asked = 0
        learning = asyncio.create_task(home.services.voice_hints.run())
        yield Family(home, model)
        learning.cancel()
    await model.aclose()


async def test_a_guess_only_makes_the_toy_ask_and_a_yes_makes_it_known(tmp_path: Path) -> None:
    async with family(tmp_path) as them:
        asked = await them.hear("what do bears eat", LUCYS)
        assert [asked.said[0] in IS_IT_LUCY, asked.child_id] == [True, None]
        assert ANSWER not in asked.said, "Max's limits hold until then"
        known = await them.hear("yes", LUCYS)
        assert [known.child_id, known.said[0]] == ["lucy", ANSWER], "what was asked before"


@pytest.mark.parametrize(
    ("heard", "child_id"),
    [("no", "max"), ("it's Max", "max"), ("what do bears eat", None), ("my name is Paul", None)],
)
async def test_a_wrong_guess_loosens_nothing(
    tmp_path: Path, heard: str, child_id: str | None
) -> None:
    async with family(tmp_path) as them:
        asked = await them.hear("what do bears eat", LUCYS)
        assert asked.said[0] in IS_IT_LUCY
        answer = await them.hear(heard, LUCYS)
        assert answer.child_id == child_id
        assert answer.said[0] in NO_MORE, "it asks once in a talk"


async def test_whom_nobody_agreed_for_is_not_compared(tmp_path: Path) -> None:
    async with family(tmp_path, agreed=()) as them:
        asked = await them.hear("what do bears eat", LUCYS)
        assert asked.said[0] in WHO_SPEAKS
        await them.hear("it's Lucy and i like trains", LUCYS)
        assert them.model.asked == 0


async def test_where_one_is_known_the_voice_is_learned_and_not_asked_for(tmp_path: Path) -> None:
    async with family(tmp_path, agreed=("lucy",)) as them:
        await them.hear("what do bears eat", MAXS)
        before = them.model.asked
        await them.hear("it's Max", MAXS)
        assert them.model.asked == before, "nobody agreed for him"
        [known] = await them.home.store.voice_hints.list()
        await them.hear("it's Lucy, what do bears eat", LUCYS)
        while await them.home.store.voice_hints.list() == [known]:
            await asyncio.sleep(0)
        assert them.model.asked == before + 1


async def test_a_name_that_a_voice_outside_is_not_told_is_not_asked_for(tmp_path: Path) -> None:
    async with family(tmp_path) as them:
        them.home.tts.local = False
        asked = await them.hear("what do bears eat", LUCYS)
        assert asked.said[0] in WHO_SPEAKS


async def test_while_a_friend_visits_no_voice_is_compared(tmp_path: Path) -> None:
    async with family(tmp_path) as them:
        home = them.home
        await home.store.visits.begin(
            Visit("v", home.toy.id, "Anna", 5, home.clock.now(), home.clock.now() + DAY)
        )
        toy = await home.store.toys.get(home.toy.id)
        assert toy
        home.toy = toy
        assert (await them.hear("what do bears eat", LUCYS)).said[0] in WHO_SPEAKS
