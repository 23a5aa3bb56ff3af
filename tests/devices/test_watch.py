"""Watching a link: every message is told, no word of it, and nobody is held up by a watcher."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import pytest
from wyoming.event import Event

from hub.devices.fleet import Fleet
from hub.devices.watch import MAX_HELD, MAX_WATCHERS, QUIET_S, Passed, Watch, Way, without_words
from hub.domain.toys import SatelliteState
from hub.errors import NotFoundError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.devices.fleets import running_fleet
from tests.devices.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    mic,
    run_pipeline,
    until,
)

SECRET = "my dog is called Bello"


@asynccontextmanager
async def linked(
    store: Store, bus: Bus, satellite: PretendSatellite, text: str = SECRET
) -> AsyncIterator[Fleet]:
    """A fleet with a link to this one satellite."""
    turns, configured = ScriptedTurns(answers(text)), (f"127.0.0.1:{satellite.port}",)
    async with running_fleet(store, bus, turns=turns, configured=configured) as fleet:
        await until(lambda: [s.state for s in fleet.satellites()] == [SatelliteState.ONLINE])
        yield fleet


async def until_type(watch: Watch, kind: str) -> list[Passed]:
    passed: list[Passed] = []
    async with asyncio.timeout(60):
        async for message in watch:
            if message:
                passed.append(message)
                if message.type == kind:
                    return passed
    raise AssertionError(f"no {kind} among {[message.type for message in passed]}")


async def test_a_turn_is_seen_both_ways_and_its_words_are_not(store: Store, bus: Bus) -> None:
    async with PretendSatellite() as satellite, linked(store, bus, satellite) as fleet:
        with fleet.find("Bear").watch() as watch:
            await satellite.send(run_pipeline(), mic(100), mic(100), mic(100))
            passed = await until_type(watch, "audio-stop")
    ways: dict[Way, set[str]] = {}
    for message in passed:
        ways.setdefault(message.way, set()).add(message.type)
    assert {"run-pipeline", "audio-chunk"} <= ways[Way.FROM_TOY]
    assert {"voice-stopped", "transcript", "audio-start", "audio-chunk"} <= ways[Way.TO_TOY]
    assert {"online", "listening", "thinking", "speaking"} <= ways[Way.LINK]
    transcript = next(message for message in passed if message.type == "transcript")
    assert transcript.data == {"text": "<5 words>"}
    sound = next(message for message in passed if message.type == "audio-chunk")
    assert (sound.payload_bytes, sound.audio_ms) == (3200, 100.0)
    asked = next(message for message in passed if message.type == "run-pipeline")
    assert asked.data == {"start_stage": "asr", "end_stage": "tts"}
    assert "Bello" not in str(passed)
    assert [m.at_ms for m in passed] == sorted(m.at_ms for m in passed)


async def test_who_stops_watching_is_told_nothing_more(store: Store, bus: Bus) -> None:
    async with PretendSatellite() as satellite, linked(store, bus, satellite) as fleet:
        with fleet.find("Bear").watch() as watch:
            pass
        await satellite.send(Event("ping", {"text": "x"}))
        await until(lambda: "pong" in satellite.types)
        watch.end()
        kinds = [message.type async for message in watch if message]
    assert kinds == ["online"]


async def test_a_watch_ends_when_the_hub_lets_go_of_the_toy(store: Store, bus: Bus) -> None:
    async with PretendSatellite() as satellite, AsyncExitStack() as house:
        fleet = await house.enter_async_context(linked(store, bus, satellite))
        with fleet.find("Bear").watch() as watch:
            await house.aclose()
            async with asyncio.timeout(60):
                assert [message.type async for message in watch if message] == ["online"]


async def test_only_adopted_toys_can_be_watched_and_by_few(store: Store, bus: Bus) -> None:
    async with PretendSatellite() as satellite, linked(store, bus, satellite) as fleet:
        with pytest.raises(NotFoundError, match="attic"):
            fleet.find("attic").watch()
        with ExitStack() as watching:
            for _ in range(MAX_WATCHERS):
                watching.enter_context(fleet.find("Bear").watch())
            with pytest.raises(RefusedError, match="already"), fleet.find("Bear").watch():
                pass
        with fleet.find("Bear").watch():
            pass


async def test_a_watcher_that_sleeps_holds_little_and_learns_how_much_it_missed() -> None:
    watch = Watch(FakeClock())
    for _ in range(MAX_HELD + 70):
        watch.note(Way.FROM_TOY, mic(20))
    held = [await anext(watch) for _ in range(MAX_HELD)]
    assert all(message and not message.missed for message in held)
    watch.note(Way.TO_TOY, Event("transcript", {"text": SECRET}))
    late = await anext(watch)
    assert late
    assert (late.type, late.missed) == ("transcript", 70)


async def test_quiet_is_told_so_that_a_watcher_who_left_is_noticed() -> None:
    clock = FakeClock()
    watch = Watch(clock)
    waiting = asyncio.create_task(anext(watch))
    await clock.advance(QUIET_S + 1)
    assert await waiting is None


def test_whatever_a_satellite_sends_shows_no_text_and_stays_small() -> None:
    strange: dict[str, object] = {
        "text": "one two three",
        "one": "word",
        "start_stage": "wake\n" + "x" * 500,
        "nested": {"text": SECRET},
        "list": [SECRET] * 1000,
        "huge": 10**400,
        "none": None,
        "nan": float("nan"),
        "rate": 16_000,
        "final": True,
        "k" * 5000: 1,
        **{f"extra{n}": n for n in range(1000)},
    }
    shown = without_words(strange)
    assert shown["text"] == "<3 words>"
    assert shown["one"] == "<1 word>"
    assert shown["nested"] == "<object>"
    assert shown["list"] == "<list of 1000>"
    assert shown["huge"] == shown["nan"] == "<number>"
    assert (shown["rate"], shown["final"]) == (16_000, True)
    assert "none" not in shown
    assert len(str(shown)) < 2000
    assert SECRET not in str(shown)
