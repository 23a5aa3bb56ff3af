"""What a family sets on a paired toy holds on both sides: a real hub's fleet and a real toy, over TLS."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.devices.commands import CommandChannel
from hub.domain.toys import SatelliteSettings, Wake
from hub.errors import LinkError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from satellite import commands as orders
from satellite.board.panel import State
from satellite.wake.turn_start import WakeMode as ToysWake
from satellite.wire import commands as wire_home
from tests.clock import settle
from tests.devices.fleets import KEY, at, of, paired, running_fleet
from tests.devices.scripted import ScriptedTurns, answers, until
from tests.satellite.secure_toy import secure_toy


def to(**changed: Any) -> Callable[[SatelliteSettings], SatelliteSettings]:
    return lambda settings: replace(settings, **changed)


async def test_a_parents_settings_hold_at_once_and_are_kept_on_both_sides(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with paired(store, bus, tmp_path) as (fleet, toy):
        await fleet[KEY].settle(to(volume=40, led=10, wake=Wake.BUTTON, silent_offline=True))
        assert toy.home.settings.now == wire_home.SettingsMessage(
            volume=40, volume_cap=70, led=10, wake="button", silent_offline=True
        )
        assert of(fleet).settings.volume == 40
    kept = await store.satellites.get(KEY)
    assert kept is not None
    assert kept.settings == SatelliteSettings(
        volume=40, led=10, wake=Wake.BUTTON, silent_offline=True
    )


async def test_a_toy_that_was_off_gets_its_settings_when_it_is_back(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path, ScriptedTurns(answers())) as fleet:
        async with secure_toy(tmp_path / "toy", wake=ToysWake.MANUAL) as toy:
            await fleet.pair(at(toy.port), await toy.code())
            await until(lambda: of(fleet).vitals)
            port = toy.port
        await until(lambda: fleet[KEY].commands is None)
        await fleet[KEY].settle(to(mute=True))
        assert of(fleet).settings.mute
        async with secure_toy(tmp_path / "toy", wake=ToysWake.MANUAL, port=port) as toy:
            await toy.panel.until(State.MUTED)
            kept = tmp_path / "toy" / "settings.json"
            await until(lambda: kept.exists() and '"mute": true' in kept.read_text("utf-8"))
        async with secure_toy(tmp_path / "toy") as toy:  # without a hub, too
            assert toy.home.settings.now.mute


async def test_a_toy_that_did_not_answer_gets_its_settings_with_its_next_report(
    store: Store, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "REPORT_S", 0.1)
    gave = CommandChannel.settle

    async def loses_the_answer(desk: CommandChannel, settings: SatelliteSettings) -> None:
        await gave(desk, settings)
        monkeypatch.setattr(CommandChannel, "settle", gave)
        raise LinkError("it did not answer")

    async with paired(store, bus, tmp_path) as (fleet, toy):
        monkeypatch.setattr(CommandChannel, "settle", loses_the_answer)
        with pytest.raises(LinkError, match="did not answer"):
            await fleet[KEY].settle(to(volume=40))
        assert of(fleet).settings.volume == 100
        await until(lambda: toy.home.settings.now.volume == 100)
        assert toy.home.vitals.links == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"volume": 101}, "volume must be a whole number from 0 to 100"),
        ({"led": -1}, "led must be"),
        ({"follow_up_s": 31}, "follow_up_s must be"),
    ],
)
async def test_what_no_toy_takes_is_refused_and_changes_nothing(
    store: Store, bus: Bus, tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    async with paired(store, bus, tmp_path) as (fleet, toy):
        with pytest.raises(RefusedError, match=problem):
            await fleet[KEY].settle(to(**change))
        assert of(fleet).settings == SatelliteSettings()
        assert toy.home.settings.now == wire_home.SettingsMessage(volume_cap=70)


async def test_two_changes_at_once_both_hold_also_where_the_link_is_made_anew_between_them(
    store: Store, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slowly(commands: CommandChannel, settings: SatelliteSettings) -> None:
        asked.set()
        await may_answer.wait()

    async with paired(store, bus, tmp_path) as (fleet, _):
        monkeypatch.setattr(CommandChannel, "settle", slowly)
        first = asyncio.create_task(fleet[KEY].settle(to(volume=40)))
        await asked.wait()
        await fleet[KEY].parted()
        second = asyncio.create_task(fleet[KEY].settle(to(led=10)))
        await settle()
        may_answer.set()
        await asyncio.gather(first, second)
        assert (of(fleet).settings.volume, of(fleet).settings.led) == (40, 10)
