"""What the pages and the command line ask of a whole hub about its family, its alerts and its emergency stop."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import config
from hub.app import App, Ready
from hub.config import Config
from hub.domain.household import Adult, DeliveryState, Household
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.toys import Satellite
from hub.errors import DeliveryError, DiskFullError, RefusedError, StoppedError
from hub.events import HouseholdChanged, SatellitesChanged
from tests.alerts.far_side import WebHook


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    environ = {"POMMAI_DATA": str(tmp_path / "data"), "POMMAI_HUB__INTERFACES": "127.0.0.1"}
    return config.load(None, environ)


@pytest.fixture
async def app(settings: Config) -> AsyncIterator[App]:
    async with App(settings, {}) as app:
        yield app


async def notes(app: App) -> list[tuple[AlertLevel, str]]:
    return [(alert.level, alert.title) for alert in await app.hub.family.alerts(10)]


async def test_a_stop_is_told_to_all_who_look_and_noted_once(app: App) -> None:
    with app.hub.bus.subscribe() as events:
        stopped = await app.hub.stop_all("dinner")
        assert {type(await events.get()), type(await events.get())} == {
            SatellitesChanged,
            HouseholdChanged,
        }
    await app.hub.stop_all("again")

    assert (stopped.stop_reason, stopped.emergency_stopped_at is not None) == ("dinner", True)
    assert (await app.hub.health())["stopped"] is True
    assert await notes(app) == [(AlertLevel.INFO, "All toys were stopped")]
    assert await app.hub.family.open_alerts() == 0
    with pytest.raises(StoppedError):
        await app.hub.say("Pommai", "hello")


async def test_a_stop_that_is_called_at_a_toy_is_told_to_the_parents_until_they_say_so(
    app: App,
) -> None:
    await app.hub.emergency(Satellite("id:1", "Bear"), late=True)

    assert (await app.hub.health())["stopped"] is True
    assert (await app.hub.family.household()).stop_reason == "called at Bear"
    assert (AlertLevel.URGENT, "Somebody called the emergency stop at Bear") in await notes(app)
    assert await app.hub.family.open_alerts() == 1
    [urgent] = [a for a in await app.hub.family.alerts(10) if a.level is AlertLevel.URGENT]
    assert "while it was away" in urgent.details["reason"]
    with pytest.raises(StoppedError):
        await app.hub.announce("Bear", "hello")


async def test_a_lifted_stop_is_noted_and_lets_the_toys_talk(app: App) -> None:
    await app.hub.stop_all()
    await app.hub.resume()
    await app.hub.resume()

    assert (await app.hub.health())["stopped"] is False
    assert [title for _, title in await notes(app)] == [
        "The toys may talk again",
        "All toys were stopped",
    ]
    async with await app.hub.say("Pommai", "hello") as turn:
        assert [event async for event in turn]


async def test_of_a_stop_and_a_resume_at_once_the_later_one_counts(app: App) -> None:
    await app.hub.stop_all()
    lifting = asyncio.create_task(app.hub.resume())
    await asyncio.sleep(0)
    await app.hub.stop_all("no!")
    await lifting

    assert (await app.hub.family.household()).emergency_stopped_at is not None
    assert (await app.hub.health())["stopped"] is True


async def test_a_stop_that_the_disk_cant_keep_silences_all_the_same(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(reason: str) -> Household:
        raise DiskFullError("the disk is full")

    monkeypatch.setattr(app.hub._store.household, "stop", full)
    with pytest.raises(DiskFullError):
        await app.hub.stop_all()
    with pytest.raises(StoppedError):
        await app.hub.say("Pommai", "hello")


async def test_a_stopped_hub_starts_stopped(settings: Config) -> None:
    async with App(settings, {}) as app:
        await app.hub.stop_all()
    async with App(settings, {}) as app:
        with pytest.raises(StoppedError):
            await app.hub.say("Pommai", "hello")
        await app.hub.resume()
    async with App(settings, {}) as app:
        await app.hub.say("Pommai", "hello")


async def test_an_adult_is_added_changed_tried_and_removed(app: App, hook: WebHook) -> None:
    family = app.hub.family
    mum = await family.save_adult(Adult("", "Mum", hook.url))
    assert mum.id
    changed = await family.save_adult(Adult(mum.id, "Mama", least_level=AlertLevel.URGENT))
    assert (changed.name, changed.url, changed.service) == ("Mama", hook.url, "json")
    assert await family.adults() == [changed]

    await family.send_test(mum.id)
    assert hook.titles == ["Pommai: this is a test"]
    await hook.close()
    with pytest.raises(DeliveryError, match="can't be reached"):
        await family.send_test(mum.id)
    await family.remove_adult(mum.id)
    assert await family.adults() == []


async def test_an_address_that_is_none_is_refused_and_not_kept(app: App) -> None:
    with pytest.raises(RefusedError, match="means nothing to Apprise"):
        await app.hub.family.save_adult(Adult("", "Mum", "mum at example"))

    assert await app.hub.family.adults() == []


async def test_a_serving_hub_sends_its_alerts_and_shows_how_far_they_are(
    app: App, hook: WebHook
) -> None:
    family = app.hub.family
    await family.save_adult(Adult("", "Mum", hook.url))
    ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(app.serve(ready.set_result, print, pages=False))
    alert = Alert("a1", AlertLevel.URGENT, Category.VIOLENCE, "Look", datetime.now(UTC))
    await app.hub._store.alerts.add(alert)
    async with asyncio.timeout(60):
        while [d.state for d in await family.deliveries("a1")] != [DeliveryState.DELIVERED]:
            await asyncio.sleep(0.05)
        seen = await family.acknowledge("a1", "We talked.", by="Mum")
        await ready
    serving.cancel()
    await asyncio.wait([serving])

    assert hook.titles == ["Pommai: Look"]
    assert (seen.acknowledged_by, seen.note) == ("Mum", "We talked.")
    assert [entry.provider for entry in await family.ledger(5)] == ["json"]
