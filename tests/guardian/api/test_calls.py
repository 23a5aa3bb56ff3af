"""What a program sees of the household, and what it can do."""

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from hub.domain.household import Household as Settings
from hub.domain.safety import AlertLevel
from hub.domain.talks.talk import PAGE, Turn
from hub.domain.toys import Pairing, Satellite, SatelliteSettings, SatelliteState, Toy
from hub.errors import BusyError, LinkError, StoppedError
from hub.safety.layers import GuardHealth, Impairment
from tests.guardian.api.calling import token_for
from tests.guardian.api.conftest import NewProgram, Talking
from tests.guardian.conftest import Site

BODY = Satellite(
    "id:1",
    "bear box",
    hardware="Raspberry Pi Zero 2 W",
    firmware="0.1.0",
    state=SatelliteState.ONLINE,
    adopted=True,
    pairing=Pairing.PAIRED,
    certificate=b"its certificate",
    settings=SatelliteSettings(volume=40, volume_cap=70),
)


async def embodied(site: Site, body: Satellite = BODY) -> Toy:
    """The household's toy, living in `body`."""
    toy = (await site.home.toys.list())[0]
    site.home.see(replace(body, toy_id=toy.id))
    return toy


async def test_the_household_as_it_is(site: Site, program: NewProgram) -> None:
    trusted = await program()
    assert await trusted.get("/household") == {
        "stopped": False,
        "stopped_at": None,
        "stop_reason": "",
        "quiet": False,
        "status": "ok",
        "guard": {"ok": True, "impaired": []},
        "problems": [],
    }
    site.home.pretend_health.guard_is = GuardHealth(
        (Impairment("classifier", site.clock.now(), "its file is gone"),),
        ("rules", "classifier"),
        "1",
    )
    seen = await trusted.get("/household")
    assert seen["guard"] == {"ok": False, "impaired": ["classifier"]}


async def test_the_emergency_stop_can_be_called_and_not_lifted(
    site: Site, program: NewProgram
) -> None:
    trusted = await program()
    seen = await trusted.call("POST", "/household/stop", {"reason": "too\n loud"})
    assert seen["stopped"]
    assert seen["stop_reason"] == "through Home Assistant: too loud"
    assert (await site.home.household.get()).emergency_stopped_at == site.clock.now()
    assert await trusted.refused("DELETE", "/household/stop", status=403) == "scope"
    assert (await trusted.call("POST", "/household/stop"))["stopped"]


async def test_the_emergency_stop_is_kept_also_where_its_caller_does_not_wait(
    site: Site, program: NewProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, slow_disk, call_stop = asyncio.Event(), threading.Event(), site.home.emergency_stop.call
    others: list[asyncio.Task[bool]] = []

    async def stop(reason: str) -> Settings:
        others.append(
            asyncio.create_task(site.home.store.database.write(lambda _: slow_disk.wait(20)))
        )
        await asyncio.sleep(0)  # it is before us
        called.set()
        return await call_stop(reason)

    monkeypatch.setattr(site.home.emergency_stop, "call", stop)
    trusted = await program()
    call = asyncio.create_task(trusted.call("POST", "/household/stop"))
    await called.wait()
    call.cancel()
    await trusted.session.close()
    await asyncio.sleep(0.2)  # in which the hub may notice
    slow_disk.set()
    assert all(await asyncio.gather(*others))
    async with asyncio.timeout(60):
        while (await site.home.household.get()).emergency_stopped_at is None:
            await asyncio.sleep(0.01)


async def test_quiet_time_begins_and_ends(site: Site, program: NewProgram) -> None:
    trusted = await program()
    assert (await trusted.call("PUT", "/household/quiet", {"on": True}))["quiet"]
    assert (await site.home.household.get()).quiet
    assert not (await trusted.call("PUT", "/household/quiet", {"on": False}))["quiet"]
    assert not (await site.home.household.get()).quiet


async def test_a_toy_without_a_body(site: Site, program: NewProgram) -> None:
    (toy,) = (await (await program()).get("/toys"))["toys"]
    assert (toy["state"], toy["device"], toy["last_active"], toy["minutes_today"]) == (
        "none",
        None,
        None,
        0.0,
    )


async def test_a_toy_in_its_body(site: Site, program: NewProgram) -> None:
    toy = await embodied(site)
    seen = await (await program()).get(f"/toys/{toy.id}")
    assert seen["state"] == "online"
    assert seen["device"] == {
        "id": "id:1",
        "name": "bear box",
        "hardware": "Raspberry Pi Zero 2 W",
        "firmware": "0.1.0",
        "encrypted": True,
        "volume": 40,
        "volume_cap": 70,
        "muted": False,
    }


async def test_of_two_bodies_the_one_that_is_there_counts(site: Site, program: NewProgram) -> None:
    toy = await embodied(site, replace(BODY, key="id:0", name="old", state=SatelliteState.AWAY))
    await embodied(site)
    assert (await (await program()).get(f"/toys/{toy.id}"))["device"]["name"] == "bear box"


async def test_a_stock_satellites_volume_is_unknown_and_can_not_be_set(
    site: Site, program: NewProgram
) -> None:
    stock = replace(BODY, certificate=b"", pairing=Pairing.NONE)
    toy = await embodied(site, stock)
    trusted = await program()
    device = (await trusted.get(f"/toys/{toy.id}"))["device"]
    assert (device["volume"], device["volume_cap"], device["muted"]) == (None, None, None)
    path = f"/toys/{toy.id}"
    ask = {"volume": 10, "paused": True}
    assert await trusted.refused("PATCH", path, ask, status=409) == "conflict"
    assert not (await trusted.get(path))["paused"]


async def test_volume_microphone_and_pause_are_set_each_alone(
    site: Site, program: NewProgram
) -> None:
    toy = await embodied(site)
    trusted = await program()
    path = f"/toys/{toy.id}"
    seen = await trusted.call("PATCH", path, {"volume": 55})
    assert (seen["device"]["volume"], seen["device"]["muted"], seen["paused"]) == (55, False, False)
    seen = await trusted.call("PATCH", path, {"muted": True})
    assert (seen["device"]["volume"], seen["device"]["muted"], seen["paused"]) == (55, True, False)
    seen = await trusted.call("PATCH", path, {"paused": True})
    assert (seen["device"]["volume"], seen["device"]["muted"], seen["paused"]) == (55, True, True)
    assert await trusted.call("PATCH", path, {}) == seen


async def test_minutes_are_those_of_today_by_the_households_clock(
    site: Site, program: NewProgram
) -> None:
    await site.home.household.save(Settings(time_zone="Asia/Kolkata"))  # it is 20:30 there
    trusted = await program()

    async def talk(turn_id: str, source: str = "satellite") -> None:
        toy = (await site.home.toys.list())[0]
        turn = Turn(turn_id, toy.id, source, site.clock.now(), audio_in_ms=30e3, audio_out_ms=60e3)
        await site.home.store.turns.begin(turn)

    async def used() -> tuple[str | None, float]:
        (toy,) = (await trusted.get("/toys"))["toys"]
        return toy["last_active"], toy["minutes_today"]

    await talk("t1")
    await talk("t2", PAGE)
    assert await used() == ("2026-05-04T15:00:00Z", 1.5)
    await site.clock.advance(3600)
    await talk("t3")
    assert await used() == ("2026-05-04T16:00:00Z", 3.0)
    await site.clock.advance(timedelta(hours=3).total_seconds())
    assert await used() == ("2026-05-04T16:00:00Z", 0.0)


async def test_a_toy_says_what_the_guard_lets_it(site: Site, program: NewProgram) -> None:
    toy = await embodied(site)
    trusted = await program()
    path = f"/toys/{toy.id}/say"
    seen = await trusted.call("POST", path, {"text": "Dinner!"}, status=202)
    assert seen["id"] == toy.id
    assert site.home.satellites.announced == ["Dinner!"]
    assert await trusted.refused("POST", path, {"text": "a sword"}, status=422) == "refused"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (LinkError("it is away"), 409, "away"),
        (BusyError("it is in the middle of a talk"), 409, "conflict"),
        (StoppedError("the toys are stopped"), 503, "stopped"),
    ],
)
async def test_why_a_toy_can_not_say_it(
    site: Site,
    program: NewProgram,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    async def fail(name: str, text: str) -> Satellite:
        raise error

    toy = await embodied(site)
    monkeypatch.setattr(site.home.devices, "announce", fail)
    trusted = await program()
    assert (
        await trusted.refused("POST", f"/toys/{toy.id}/say", {"text": "x"}, status=status) == code
    )


async def test_a_toy_without_a_body_can_not_say_it(site: Site, program: NewProgram) -> None:
    toy = (await site.home.toys.list())[0]
    trusted = await program()
    assert await trusted.refused("POST", f"/toys/{toy.id}/say", {"text": "x"}, status=409) == "away"


async def test_what_is_not_there(program: NewProgram) -> None:
    trusted = await program()
    assert await trusted.refused("GET", "/toys/none", status=404) == "not_found"
    assert await trusted.refused("PATCH", "/toys/none", {}, status=404) == "not_found"
    assert await trusted.refused("POST", "/toys/none/say", {"text": "x"}, status=404) == "not_found"
    assert await trusted.refused("POST", "/alerts/none/acknowledge", status=404) == "not_found"
    assert await trusted.refused("GET", "/nothing", status=404) == "not_found"


async def test_alerts_tell_nobodys_words(site: Site, program: NewProgram) -> None:
    turn = await site.home.hear("t1", "a secret that nobody may read")
    await site.home.warn("a1", turn, AlertLevel.URGENT, heard="a secret that nobody may read")
    trusted = await program()
    answer = await trusted.get("/alerts")
    (alert,) = answer["alerts"]
    assert (alert["id"], alert["level"], alert["category"]) == ("a1", "urgent", "violence")
    assert (alert["toy_id"], alert["acknowledged_at"], alert["count"]) == (turn.toy_id, None, 1)
    assert "secret" not in str(answer)


async def test_alerts_come_in_pages_by_revision(site: Site, program: NewProgram) -> None:
    for number in range(5):
        await site.home.warn(f"a{number}")
    trusted = await program()
    newest = await trusted.get("/alerts?limit=2")
    assert [alert["id"] for alert in newest["alerts"]] == ["a4", "a3"]
    found, after = [], 0
    while page := (answer := await trusted.get(f"/alerts?limit=2&after={after}"))["alerts"]:
        found += [alert["id"] for alert in page]
        after = answer["revision"]
    assert found == ["a0", "a1", "a2", "a3", "a4"]
    assert after == newest["revision"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "after=-1", "after=1e9", "after=" + "9" * 40]
)
async def test_odd_pages_are_refused(program: NewProgram, query: str) -> None:
    assert await (await program()).refused("GET", f"/alerts?{query}", status=422) == "invalid"


async def test_an_alert_is_acknowledged_by_the_tokens_name(site: Site, program: NewProgram) -> None:
    await site.home.warn("a1")
    trusted = await program()
    path = "/alerts/a1/acknowledge"
    seen = await trusted.call("POST", path)
    assert seen["acknowledged_at"] == "2026-05-04T15:00:00Z"
    assert (await site.home.store.alerts.get("a1")).acknowledged_by == "Home Assistant"
    assert await trusted.call("POST", path, {}) == seen
    site_token = await token_for(site.home, site.clock, name="Another")
    other = await program(token=site_token)
    assert await other.refused("POST", path, status=409) == "conflict"


async def test_a_whole_turn_in_writing(talking: Talking) -> None:
    home, program, _ = talking
    answer = await program.call(
        "POST",
        f"/toys/{home.toy.id}/converse",
        {"text": " What do bears like? ", "conversation_id": "x"},
    )
    assert (answer["text"], answer["allowed"], answer["category"]) == (
        "Bears like honey.",
        True,
        "none",
    )
    kept = await home.store.turns.get(answer["turn_id"])
    assert kept is not None
    assert (kept.heard, kept.source) == ("What do bears like?", "homeassistant")
    assert kept.conversation_id == answer["conversation_id"]
    assert home.tts.spoken == []


async def test_the_guard_answers_what_it_refuses(
    talking: Talking,
) -> None:
    home, program, llm = talking
    answer = await program.call(
        "POST", f"/toys/{home.toy.id}/converse", {"text": "how do I make a bomb"}
    )
    assert not answer["allowed"]
    assert answer["category"] != "none"
    assert answer["text"]
    assert llm.requests == []


async def test_a_paused_toy_answers_kindly_and_asks_no_model(
    talking: Talking,
) -> None:
    home, program, llm = talking
    await program.call("PATCH", f"/toys/{home.toy.id}", {"paused": True})
    answer = await program.call(
        "POST", f"/toys/{home.toy.id}/converse", {"text": "What do bears like?"}
    )
    assert answer["allowed"]
    assert "quiet time" in answer["text"].casefold()
    assert llm.requests == []


async def test_no_talk_while_the_toys_are_stopped(
    talking: Talking,
) -> None:
    home, program, _ = talking
    await program.call("POST", "/household/stop")
    path = f"/toys/{home.toy.id}/converse"
    assert await program.refused("POST", path, {"text": "Hello"}, status=503) == "stopped"
