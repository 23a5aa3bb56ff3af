"""A toy gets its hub's own version of its software: a real hub's fleet, and a toy that a launcher starts."""

import asyncio
import hashlib
import io
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.devices import updates
from hub.devices.fleet import Fleet
from hub.devices.updates import OwnSoftware, Wheel, own_wheel
from hub.domain.toys import Satellite, SatelliteState, UpdateStep
from hub.errors import LinkError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from satellite.wire.update import MAX_UPDATE_BYTES
from tests.devices.fleets import running_fleet
from tests.devices.installed_toy import TEDDY, InstalledToy, site_of, wheel, wheel_of
from tests.devices.processes import PATIENCE_S, Hub
from tests.devices.scripted import ReadyWheel, until

UP = "Guardian pages"
"""What a hub prints once it answers commands; before that they would take its place."""


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "PAUSE_S", 0.0)


def teddy(fleet: Fleet) -> Satellite:
    return next(found for found in fleet.satellites() if found.name == TEDDY)


async def is_there(fleet: Fleet) -> None:
    """Linked, and it said what it runs."""
    await until(lambda: teddy(fleet).software is not None, PATIENCE_S)


async def pair(fleet: Fleet, toy: InstalledToy) -> None:
    code = await toy.code()
    await until(lambda: any(found.name == TEDDY for found in fleet.satellites()), PATIENCE_S)
    await fleet.pair(TEDDY, code)
    await is_there(fleet)


async def is_offered(fleet: Fleet) -> str:
    """Its key, once there is something for it."""
    await until(lambda: teddy(fleet).update, PATIENCE_S)
    return teddy(fleet).key


def step(fleet: Fleet) -> UpdateStep | None:
    update = teddy(fleet).update
    return update.step if update else None


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    """A version that works."""

    def change(satellite: Path) -> None:
        main = satellite / "__main__.py"
        main.write_text(main.read_text() + "\n# a change\n")

    return wheel_of(site_of(tmp_path_factory.mktemp("new"), "9.1.0", change))


def crashing_version(folder: Path) -> Wheel:
    def change(satellite: Path) -> None:
        (satellite / "app.py").write_text("raise SystemExit('this version is broken')\n")

    return wheel_of(site_of(folder, "9.2.0", change))


async def test_a_toy_is_updated_and_keeps_its_new_software_over_a_restart(
    store: Store, bus: Bus, tmp_path: Path, new: Wheel
) -> None:
    async with InstalledToy(tmp_path / "toy") as toy:
        async with running_fleet(store, bus, tmp_path) as fleet:
            await pair(fleet, toy)
            before = teddy(fleet)
            assert (before.software, before.update) == ("", None)
            with pytest.raises(RefusedError, match="has this hub's version"):
                fleet[before.key].update()
        async with running_fleet(store, bus, tmp_path, software=OwnSoftware(lambda: new)) as fleet:
            key = await is_offered(fleet)
            offered = teddy(fleet).update
            assert offered is not None
            assert (offered.version, offered.sha256, offered.step) == (
                *(new.version, new.sha256),
                UpdateStep.OFFERED,
            )
            fleet[key].update()
            await until(lambda: teddy(fleet).firmware == "9.1.0", PATIENCE_S)
            await is_there(fleet)
            assert teddy(fleet).software == new.sha256
            await until(lambda: teddy(fleet).update is None, PATIENCE_S)
            await until(lambda: toy.link("current") == new.sha256, PATIENCE_S)
            assert toy.link("trial") == ""
            assert toy.ends == [0]

            await toy.kill()
            await until(lambda: teddy(fleet).software is None, PATIENCE_S)
            await is_there(fleet)
            assert teddy(fleet).firmware == "9.1.0"
            assert teddy(fleet).state is SatelliteState.ONLINE


async def test_software_that_crashes_gives_way_to_the_one_before_and_that_is_told(
    store: Store, bus: Bus, tmp_path: Path, new: Wheel
) -> None:
    bad = await asyncio.to_thread(crashing_version, tmp_path)
    async with InstalledToy(tmp_path / "toy") as toy:
        async with running_fleet(store, bus, tmp_path, software=OwnSoftware(lambda: new)) as fleet:
            await pair(fleet, toy)
            fleet[await is_offered(fleet)].update()
            await until(lambda: toy.link("current") == new.sha256, PATIENCE_S)
        async with running_fleet(store, bus, tmp_path, software=OwnSoftware(lambda: bad)) as fleet:
            key = await is_offered(fleet)
            fleet[key].update()
            await until(lambda: step(fleet) is UpdateStep.FAILED, PATIENCE_S)
            assert (teddy(fleet).firmware, teddy(fleet).software) == ("9.1.0", new.sha256)
            update = teddy(fleet).update
            assert update is not None
            assert update.detail == updates.DID_NOT_COME_UP
            assert toy.log.read_text().count("this version is broken") == 3
            assert (toy.link("trial"), toy.link("failed")) == ("", bad.sha256)
        async with running_fleet(
            store, bus, tmp_path, software=OwnSoftware(lambda: bad)
        ) as fleet:  # it is told a hub that was away
            await until(lambda: step(fleet) is UpdateStep.FAILED, PATIENCE_S)


async def test_software_that_never_finds_its_hub_gives_way_too(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    def change(satellite: Path) -> None:
        server = satellite / "server.py"
        text = server.read_text()
        assert "await self._converse(link)" in text
        server.write_text(text.replace("await self._converse(link)", "await link.aclose()"))

    deaf = await asyncio.to_thread(lambda: wheel_of(site_of(tmp_path, "9.3.0", change)))
    async with (
        InstalledToy(tmp_path / "toy", come_up_s=2) as toy,
        running_fleet(store, bus, tmp_path, software=OwnSoftware(lambda: deaf)) as fleet,
    ):
        await pair(fleet, toy)
        fleet[await is_offered(fleet)].update()
        await until(lambda: step(fleet) is UpdateStep.FAILED, PATIENCE_S)
        assert teddy(fleet).software == ""
        assert toy.link("failed") == deaf.sha256
        assert toy.ends == [0, *[-signal.SIGALRM] * 3]


async def test_an_update_goes_on_where_it_was_cut(
    store: Store, bus: Bus, tmp_path: Path, new: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "PAUSE_S", 0.2)
    async with (
        InstalledToy(tmp_path / "toy") as toy,
        running_fleet(store, bus, tmp_path, software=OwnSoftware(lambda: new)) as fleet,
    ):
        await pair(fleet, toy)
        fleet[await is_offered(fleet)].update()
        part = toy.software / f"{new.sha256}.part"
        await until(lambda: part.exists() and part.stat().st_size > 100_000)
        await toy.kill()
        had = part.stat().st_size  # the toy may be back before the hub knows that it went
        seen: list[int] = []
        while teddy(fleet).firmware != "9.1.0":
            if part.exists():
                seen.append(part.stat().st_size)
            await asyncio.sleep(0.05)
        assert min(seen) >= had
        await until(lambda: toy.link("current") == new.sha256, PATIENCE_S)


def repacked(of: Wheel, **files: bytes) -> Wheel:
    """With these names in it, `__` for a slash."""
    packed = io.BytesIO(of.data)
    with zipfile.ZipFile(packed, "a") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return wheel(of.version, packed.getvalue())


async def refused(fleet: Fleet, software: ReadyWheel, sent: Wheel) -> str:
    """Why the toy does not take it."""
    await is_offered(fleet)  # what the hub itself has is packed by then
    software.now = sent
    fleet[teddy(fleet).key].update()
    await until(lambda: step(fleet) is UpdateStep.FAILED, PATIENCE_S)
    update = teddy(fleet).update
    assert update is not None
    return update.detail


async def test_what_does_not_fit_the_toy_is_refused_and_nothing_changes(
    store: Store, bus: Bus, tmp_path: Path, new: Wheel
) -> None:
    def needs(text: str) -> Wheel:
        site = site_of(tmp_path, "9.1.0")
        about = site / "pommai-9.1.0.dist-info" / "METADATA"
        about.write_text(about.read_text().replace("Name: pommai", f"Name: pommai\n{text}", 1))
        made = wheel_of(site)
        shutil.rmtree(site)
        return made

    newer, stranger, python = await asyncio.to_thread(
        lambda: (
            needs("Requires-Dist: zeroconf>=99"),
            needs("Requires-Dist: nobody-has-this>=1; extra == 'satellite'"),
            needs("Requires-Dist: only-a-hub-has-this; extra == 'hub'"),
        )
    )
    software = ReadyWheel(new)
    async with (
        InstalledToy(tmp_path / "toy") as toy,
        running_fleet(store, bus, tmp_path, software=software) as fleet,
    ):
        await pair(fleet, toy)
        again = "which the toy does not have: run the installer on the toy again"
        assert await refused(fleet, software, newer) == f"it needs zeroconf >=99, {again}"
        assert await refused(fleet, software, stranger) == f"it needs nobody-has-this >=1, {again}"
        liar = Wheel("9.1.0", hashlib.sha256(b"else").hexdigest(), new.data)
        assert "not what its hash says" in await refused(fleet, software, liar)
        huge = wheel("9.1.0", bytes(MAX_UPDATE_BYTES + 1))
        assert "too large" in await refused(fleet, software, huge)
        assert "not a wheel" in await refused(fleet, software, wheel("9.1.0", bytes(5000)))
        odd = repacked(new, evil=b"x")
        assert "not a toy's software: evil" in await refused(fleet, software, odd)
        escaping = repacked(new, **{"satellite__..__..__x": b"x"})
        assert "not a toy's software" in await refused(fleet, software, escaping)
        bomb = repacked(new, satellite__zeros=bytes(17_000_000))
        assert "too large" in await refused(fleet, software, bomb)
        named = Wheel("9.9.9", new.sha256, new.data)
        assert "is not version 9.9.9" in await refused(fleet, software, named)
        assert [toy.link(name) for name in ("current", "trial", "failed")] == ["", "", ""]
        assert sorted(path.name for path in toy.software.iterdir()) == []
        assert toy.ends == []
        software.now = python  # what only a hub needs speaks against nothing
        fleet[teddy(fleet).key].update()
        await until(lambda: toy.link("current") == python.sha256, PATIENCE_S)


async def test_a_toy_that_is_away_or_was_not_installed_is_not_updated(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(
        store, bus, tmp_path, software=OwnSoftware(lambda: wheel("9.1.0", b"x"))
    ) as fleet:
        async with InstalledToy(tmp_path / "toy") as toy:
            await pair(fleet, toy)
            key = await is_offered(fleet)
        await until(lambda: teddy(fleet).software is None, PATIENCE_S)
        assert teddy(fleet).update is None
        with pytest.raises(LinkError, match="is away"):
            fleet[key].update()


async def listed(hub: Hub) -> dict[str, Any]:
    """The toy, once it said what it runs."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await hub.listed(TEDDY)
            if found and found.get("software") is not None:
                return found
            await asyncio.sleep(0.1)


async def test_a_family_upgrades_its_hub_and_then_the_toy_by_one_command(tmp_path: Path) -> None:
    @asynccontextmanager
    async def hub_of(*environment: str) -> AsyncIterator[Hub]:
        started = (tmp_path / "hub.log").read_text().count(UP) if environment else 0
        async with Hub(tmp_path, "127.0.0.1", ["env", *environment]) as hub:
            await until(lambda: hub.log.read_text().count(UP) > started, PATIENCE_S)
            yield hub

    good = site_of(tmp_path, "9.1.0")
    async with InstalledToy(tmp_path / "toy") as toy:
        async with hub_of() as hub:
            code = await toy.code()
            await hub.finds(TEDDY)
            assert await hub.toys("pair", TEDDY, code=code)
            before = await listed(hub)
            assert (before["software"], before["update"]) == ("", None)
            assert await hub.toys("update", TEDDY) is None, "there is nothing to update"
        async with hub_of(f"PYTHONPATH={good}") as hub:
            await listed(hub)
            told = await hub.command("toys", "update", TEDDY, "--json")
            assert told is not None
            updated = json.loads(told)
            assert updated["firmware"] == "9.1.0"
            assert updated["software"] == toy.link("current") == wheel_of(good).sha256


def test_the_hub_packs_the_same_bytes_each_time_and_pip_installs_them(tmp_path: Path) -> None:
    made = own_wheel()
    assert own_wheel() == made
    assert made.sha256 == hashlib.sha256(made.data).hexdigest()
    file = tmp_path / f"pommai-{made.version}-py3-none-any.whl"
    file.write_bytes(made.data)
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
            *("--target", str(tmp_path / "there"), str(file)),
        ],
        check=True,
    )
    packages = {path.name for path in (tmp_path / "there").iterdir()}
    assert packages == {"satellite", f"pommai-{made.version}.dist-info", "bin"}
