"""What the pages and the command line ask of a whole hub about its family, its alerts and its emergency stop."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub.app import App, Ready
from hub.config import Config, loading
from hub.domain.household import Adult, DeliveryState, Household
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Satellite
from hub.errors import DeliveryError, DiskFullError, RefusedError, StoppedError
from hub.events import EmergencyStopChanged, HouseholdChanged, SatellitesChanged
from tests.alerts.far_side import WebHook


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    environ = {"POMMAI_DATA": str(tmp_path / "data"), "POMMAI_HUB__INTERFACES": "127.0.0.1"}
    return loading.load(None, environ)


@pytest.fixture
async def app(settings: Config) -> AsyncIterator[App]:
    async with App(settings, {}) as app:
        yield app


async def notes(app: App) -> list[tuple[AlertLevel, str]]:
    return [(alert.level, alert.title) for alert in await app.hub.alerts.list(10)]


async def test_a_stop_is_told_to_all_who_look_and_noted_once(app: App) -> None:
    with app.hub.bus.subscribe() as events:
        stopped = await app.hub.emergency_stop.call("dinner")
        assert {type(await events.get()) for _ in range(3)} == {
            EmergencyStopChanged,
            SatellitesChanged,
            HouseholdChanged,
        }
    await app.hub.emergency_stop.call("again")

    assert (stopped.stop_reason, stopped.emergency_stopped_at is not None) == ("dinner", True)
    assert (app.hub.health.report())["stopped"] is True
    assert await notes(app) == [(AlertLevel.INFO, "All toys were stopped")]
    assert await app.hub.alerts.count_open() == 0
    with pytest.raises(StoppedError):
        await app.hub.talks.say("Pommai", "hello")


async def test_a_stop_that_is_called_at_a_toy_is_told_to_the_parents_until_they_say_so(
    app: App,
) -> None:
    await app.hub.emergency_stop.called_at(Satellite("id:1", "Bear"), late=True)

    assert (app.hub.health.report())["stopped"] is True
    assert (await app.hub.household.get()).stop_reason == "called at Bear"
    assert (AlertLevel.URGENT, "Somebody called the emergency stop at Bear") in await notes(app)
    assert await app.hub.alerts.count_open() == 1
    [urgent] = [a for a in await app.hub.alerts.list(10) if a.level is AlertLevel.URGENT]
    assert "while it was away" in urgent.details["reason"]
    with pytest.raises(StoppedError):
        await app.hub.devices.announce("Bear", "hello")


async def test_a_lifted_stop_is_noted_and_lets_the_toys_talk(app: App) -> None:
    await app.hub.emergency_stop.call()
    await app.hub.emergency_stop.lift()
    await app.hub.emergency_stop.lift()

    assert (app.hub.health.report())["stopped"] is False
    assert [title for _, title in await notes(app)] == [
        "The toys may talk again",
        "All toys were stopped",
    ]
    async with await app.hub.talks.say("Pommai", "hello") as turn:
        assert [event async for event in turn]


async def test_of_a_stop_and_a_resume_at_once_the_later_one_counts(app: App) -> None:
    await app.hub.emergency_stop.call()
    lifting = asyncio.create_task(app.hub.emergency_stop.lift())
    await asyncio.sleep(0)
    await app.hub.emergency_stop.call("no!")
    await lifting

    assert (await app.hub.household.get()).emergency_stopped_at is not None
    assert (app.hub.health.report())["stopped"] is True


async def test_a_stop_that_the_disk_cant_keep_silences_all_the_same(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(reason: str) -> Household:
        raise DiskFullError("the disk is full")

    monkeypatch.setattr(app.hub.household, "keep_stop", full)
    with pytest.raises(DiskFullError):
        await app.hub.emergency_stop.call()
    with pytest.raises(StoppedError):
        await app.hub.talks.say("Pommai", "hello")


async def test_a_stopped_hub_starts_stopped(settings: Config) -> None:
    async with App(settings, {}) as app:
        await app.hub.emergency_stop.call()
    async with App(settings, {}) as app:
        with pytest.raises(StoppedError):
            await app.hub.talks.say("Pommai", "hello")
        await app.hub.emergency_stop.lift()
    async with App(settings, {}) as app:
        await app.hub.talks.say("Pommai", "hello")


async def test_an_adult_is_added_changed_tried_and_removed(app: App, hook: WebHook) -> None:
    adults = app.hub.adults
    mum = await adults.save(Adult("", "Mum", hook.url))
    assert mum.id
    changed = await adults.save(Adult(mum.id, "Mama", least_level=AlertLevel.URGENT))
    assert (changed.name, changed.url, changed.service) == ("Mama", hook.url, "json")
    assert await adults.list() == [changed]

    await adults.send_test(mum.id)
    assert hook.titles == ["Pommai: this is a test"]
    await hook.close()
    with pytest.raises(DeliveryError, match="can't be reached"):
        await adults.send_test(mum.id)
    await adults.remove(mum.id)
    assert await adults.list() == []


async def test_an_address_that_is_none_is_refused_and_not_kept(app: App) -> None:
    with pytest.raises(RefusedError, match="means nothing to Apprise"):
        await app.hub.adults.save(Adult("", "Mum", "mum at example"))

    assert await app.hub.adults.list() == []


async def test_a_serving_hub_sends_its_alerts_and_shows_how_far_they_are(
    app: App, hook: WebHook
) -> None:
    await app.hub.adults.save(Adult("", "Mum", hook.url))
    ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(app.serve(ready.set_result, print, pages=False))
    alert = Alert("a1", AlertLevel.URGENT, Category.VIOLENCE, "Look", datetime.now(UTC))
    await app.hub.alerts.add(alert)
    async with asyncio.timeout(60):
        while [d.state for d in await app.hub.deliveries.of("a1")] != [DeliveryState.DELIVERED]:
            await asyncio.sleep(0.05)
        seen = await app.hub.alerts.acknowledge("a1", "We talked.", by="Mum")
        await ready
    serving.cancel()
    await asyncio.wait([serving])

    assert hook.titles == ["Pommai: Look"]
    assert (seen.acknowledged_by, seen.note) == ("Mum", "We talked.")
    assert [entry.provider for entry in await app.hub.ledger.recent(5)] == ["json"]


async def test_a_hub_that_starts_on_a_full_disk_is_unhealthy_until_there_is_room(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with App(settings, {}) as app:
        assert app.hub.health.report()["disk"] == {"full": False}
    with monkeypatch.context() as disk:
        disk.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        async with App(settings, {}) as app:
            assert app.hub.health.report()["status"] == "impaired"
            with pytest.raises(DiskFullError, match="free some space"):
                await app.hub.household.set_quiet(True)
            await app.hub.emergency_stop.call("dinner")
            assert (await app.hub.household.get()).stop_reason == "dinner"
            disk.undo()
            await app.hub.household.set_quiet(True)
            assert app.hub.health.report()["disk"] == {"full": False}
