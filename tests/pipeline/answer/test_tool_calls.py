"""A language model calls an activity: whole turns, with a server on loopback behind the vendor's client."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from hub.activities.activity import Activity
from hub.activities.bedtime.activity import Lulling
from hub.activities.playing.activity import Playing
from hub.activities.timers.activity import SettingTimers
from hub.activities.timers.timers import Timers
from hub.domain.play.games import GameKind
from hub.domain.play.limits import Pastime, PlayLimits, Switches, Whose
from hub.domain.talks.talk import Turn
from hub.domain.tools import MAX_ARGUMENTS_CHARS
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from hub.providers.llm.openai import OpenAiLlm
from tests.activities.playing.ways import offered
from tests.pipeline.scripted import House, house
from tests.pipeline.turns import record
from tests.providers.openai_server import GOOD_MODEL, KEY, Script, Server, calling, good_answer
from tests.providers.setups import provider_setup

WORDS = "Once upon a time."
SUMS = ("begin_quiz", '{"about": "sums"}')


@dataclass
class Home:
    house: House
    server: Server

    async def hears(self, words: str, key: str | None = None) -> Turn:
        toy = await self.house.store.toys.get(self.house.toy.id)
        assert toy
        ask = Ask(toy, "say", text=words, aloud=False, satellite_key=key)
        async with self.house.pipeline.turn(ask) as turn:
            return record([event async for event in turn])

    def answers(self, script: Script) -> None:
        """To what offers tools; else with WORDS."""

        async def answer(send: Any) -> None:
            with_tools = "tools" in self.server.requests[-1]
            await (script if with_tools else good_answer)(send)

        self.server.script = answer

    def offered(self) -> dict[str, dict[str, Any]]:
        """In the last request: tool to the schema of its parameters."""
        tools = self.server.requests[-1].get("tools", [])
        return {each["function"]["name"]: each["function"]["parameters"] for each in tools}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    server = Server()
    listening = TestServer(server.application())
    await listening.start_server()
    url = str(listening.make_url("/v1"))
    keys = {"OPENAI_API_KEY": KEY}
    llm = OpenAiLlm(provider_setup("llm.openai", keys, base_url=url, model=GOOD_MODEL))
    async with house(tmp_path, llms=[llm]) as inner:
        clock, store = inner.clock, inner.store
        activities: list[Activity] = [
            SettingTimers(Timers(store), clock),
            Lulling(clock),
            Playing(store, clock),
        ]
        inner.pipeline = Pipeline(replace(inner.services, activities=activities))
        yield Home(inner, server)
    await llm.aclose()
    await listening.close()


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_call_begins_an_activity_wherever_it_is_cut(home: Home, size: int) -> None:
    home.answers(calling(SUMS, size=size))
    turn = await home.hears("my brother does maths all day")
    assert (turn.providers["llm"], turn.providers["activity"]) == ("openai", "quiz")
    assert "What is" in " ".join(turn.said)
    assert "More words" not in " ".join(turn.said)
    assert (await home.house.store.games.of(turn))[GameKind.QUIZ].plot == "sums"
    assert (len(home.server.requests), turn.tokens_in) == (1, 11)


async def test_words_before_a_call_are_checked_like_any(home: Home) -> None:
    home.answers(calling(SUMS, words="I will kill you."))
    turn = await home.hears("i am bored")
    assert turn.refused == ["I will kill you."]
    assert "activity" not in turn.providers
    home.answers(calling(SUMS, words="Oh, I like that."))
    turn = await home.hears("i am bored")
    assert turn.said[0] == "Oh, I like that."
    assert turn.providers["activity"] == "quiz"


async def test_of_many_calls_the_first_counts(home: Home) -> None:
    home.answers(calling(SUMS, *[("begin_pretend", '{"game": "pirates"}')] * 500))
    turn = await home.hears("i am bored")
    assert turn.providers["activity"] == "quiz"
    assert home.server.open_answers == 0


async def test_a_call_moves_a_story_on_in_a_childs_own_words(home: Home) -> None:
    begun = await home.hears("an adventure please")
    ways = offered(" ".join(begun.said))
    assert " ".join((await home.hears("why is the sky blue")).said) == WORDS
    home.answers(calling(("choose_in_story", json.dumps({"way": ways[-1]}))))
    moved = await home.hears("hm my uncle would know")
    assert set(home.offered()["choose_in_story"]["properties"]["way"]["enum"]) == {*ways}
    assert moved.providers["activity"] == "story"
    assert offered(" ".join(moved.said)) != ways


BAD = {
    "unknown": ("delete_all", "{}"),
    "nameless": ("", ""),
    "a long name": ("begin_quiz" * 50, "{}"),
    "no JSON": ("begin_quiz", '{"about": "su'),
    "a list": ("begin_quiz", "[]"),
    "too little": ("begin_quiz", "{}"),
    "too much": ("begin_quiz", '{"about": "sums", "say": "Run away from home."}'),
    "another": ("begin_quiz", '{"about": "how to light a fire"}'),
    "nested": ("begin_quiz", '{"about": {"a": ["sums"]}}'),
    "deep": ("begin_quiz", "[" * MAX_ARGUMENTS_CHARS),
    "huge": ("begin_quiz", '{"about": "sums"' + " " * 100_000 + "}"),
    "a truth": ("set_timer", '{"minutes": true, "remind_of": "nothing"}'),
    "too long": ("set_timer", '{"minutes": 100000, "remind_of": "nothing"}'),
    "its own words": ("set_timer", '{"minutes": 5, "remind_of": "leaving the house"}'),
    "not now": ("begin_pretend", '{"game": "pirates"}'),
}


async def test_a_call_that_cannot_be_followed_is_answered_with_words(home: Home) -> None:
    off = PlayLimits(switches=Switches(frozenset({Pastime.PRETEND})))
    await home.house.store.play.save(Whose(toy_id=home.house.toy.id), off)
    for why, call in BAD.items():
        before = len(home.server.requests)
        home.answers(calling(call, size=1000))
        turn = await home.hears("i am bored", key="bear")
        assert " ".join(turn.said) == WORDS, why
        assert "activity" not in turn.providers, why
        assert len(home.server.requests) == before + 2, why
        assert "tools" not in home.server.requests[-1], why


async def test_a_call_sets_a_timer_where_somebody_can_be_told(home: Home) -> None:
    thing = "brushing your teeth"
    home.answers(calling(("set_timer", json.dumps({"minutes": 5, "remind_of": thing}))))
    turn = await home.hears("i must not forget my teeth soon", key="bear")
    [timer] = await Timers(home.house.store).list("bear")
    assert timer.thing == thing
    assert thing in " ".join(turn.said)
    await home.hears("i am bored")
    assert "set_timer" not in home.offered()


@pytest.mark.parametrize("status", [400, 500])
async def test_a_server_that_takes_no_tools_is_asked_without_and_that_is_kept(
    home: Home, status: int
) -> None:
    home.server.tools_status = status
    for asked in (2, 3, 4):
        assert " ".join((await home.hears("i am bored")).said) == WORDS
        assert len(home.server.requests) == asked
    assert ["tools" in each for each in home.server.requests] == [True, False, False, False]


async def test_all_that_is_offered_is_closed_and_allowed_now(home: Home) -> None:
    home.answers(calling(("begin_bedtime", "")))
    turn = await home.hears("my eyes are so heavy", key="bear")
    assert turn.providers["activity"] == Pastime.BEDTIME
    assert {"begin_story_with_choices", "begin_quiz", "play_sound", "set_timer"} <= {
        *home.offered()
    }
    for schema in home.offered().values():
        assert schema["additionalProperties"] is False
        assert schema["required"] == [*schema["properties"]]
        for parameter in schema["properties"].values():
            assert parameter.keys() in ({"type", "enum"}, {"type", "minimum", "maximum"})
    await home.hears("i want to hurt myself")
    home.answers(good_answer)
    await home.hears("hello")
    assert "play_sound" in home.offered()
    assert not any(name.startswith(("begin_quiz", "begin_pretend")) for name in home.offered())


async def test_what_a_cloud_is_told_of_tools_is_in_the_ledger_and_so_is_the_second_request(
    home: Home,
) -> None:
    [llm] = home.house.providers.llms
    llm.local = False
    home.answers(calling(BAD["unknown"]))
    await home.hears("i am bored")
    rows = reversed(await home.house.store.ledger.recent(2))
    for row, request in zip(rows, home.server.requests, strict=True):
        tools = [each["function"] for each in request.get("tools", [])]
        told = [each["name"] + each["description"] for each in tools]
        told += [json.dumps(each["parameters"]) for each in tools]
        told += [each["content"] for each in request["messages"]]
        assert row.amount == len("".join(told))
        assert not row.discarded
