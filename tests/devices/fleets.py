"""Running fleets on loopback: of a household on disk, with turns that follow a script."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from hub.config import LinkSection
from hub.devices.device import DeviceServices
from hub.devices.discovery import SERVICE_TYPE
from hub.devices.fleet import Fleet
from hub.devices.pairing.credentials import Credentials
from hub.devices.reports import EmergencyHandler
from hub.domain.clock import SystemClock
from hub.domain.safety import CheckRequest, Verdict
from hub.domain.toys import Satellite, SatelliteState
from hub.errors import RefusedError
from hub.events import Bus
from hub.storage.store import Store
from satellite.wake.turn_start import WakeMode
from tests.devices.scripted import ScriptedTurns, answers, credentials, until
from tests.satellite.secure_toy import SecureToy, secure_toy
from tests.satellite.toy import IDENTITY

LOOPBACK = ["127.0.0.1"]
ID = uuid4().hex[:16]
"""Others may announce on this machine's loopback at the same time: every name here is our own."""
KEY = f"id:{IDENTITY.device_id}"
"""Of the toy that `secure_toy` runs."""


def at(port: int) -> str:
    return f"127.0.0.1:{port}"


def of(fleet: Fleet) -> Satellite:
    """That toy, as the fleet shows it."""
    return next(satellite for satellite in fleet.satellites() if satellite.key == KEY)


async def nobody_listens(satellite: Satellite, late: bool) -> None:
    raise RefusedError("nobody here listens for one")


@asynccontextmanager
async def running_fleet(
    store: Store,
    bus: Bus | None = None,
    folder: Path | None = None,
    turns: ScriptedTurns | None = None,
    *,
    on_emergency: EmergencyHandler = nobody_listens,
    **options: Any,
) -> AsyncIterator[Fleet]:
    """`folder` keeps the hub's own credentials; `options` are further ones of `Fleet`."""
    services = DeviceServices(
        store,
        turns or ScriptedTurns(answers()),
        bus or Bus(),
        SystemClock(),
        Credentials.load(folder / "data") if folder else credentials(),
        on_emergency,
        LinkSection(),
    )
    fleet = Fleet(services, interfaces=("127.0.0.1",), **options)
    task = asyncio.create_task(fleet.run())
    try:
        await until(lambda: fleet.is_running)
        yield fleet
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait((task,))


@asynccontextmanager
async def paired(
    store: Store,
    bus: Bus,
    folder: Path,
    turns: ScriptedTurns | None = None,
    on_emergency: EmergencyHandler = nobody_listens,
) -> AsyncIterator[tuple[Fleet, SecureToy]]:
    """A hub in charge of a toy that has its settings."""
    async with (
        secure_toy(folder / "toy", wake=WakeMode.MANUAL) as toy,
        running_fleet(store, bus, folder, turns, on_emergency=on_emergency) as fleet,
    ):
        await fleet.pair(at(toy.port), await toy.code())
        await until(lambda: of(fleet).vitals)
        commands = fleet[KEY].commands
        assert commands is not None
        await until(lambda: commands.is_idle)
        yield fleet, toy


@asynccontextmanager
async def announced(
    instance: str, port: int, *addresses: str, **txt: str
) -> AsyncIterator[AsyncZeroconf]:
    service = AsyncServiceInfo(
        SERVICE_TYPE,
        f"{instance}.{SERVICE_TYPE}",
        port=port,
        addresses=[socket.inet_aton(address) for address in addresses or LOOPBACK],
        properties=txt,
        server=f"host-{port}.local.",
    )
    async with AsyncZeroconf(interfaces=LOOPBACK) as zeroconf:
        await (await zeroconf.async_register_service(service, cooperating_responders=True))
        yield zeroconf


class LetsAllPass:
    name, version = "all", "1"

    async def check(self, request: CheckRequest) -> Verdict:
        return Verdict(allowed=True)


async def talks(fleet: Fleet) -> None:
    states = (SatelliteState.LISTENING, SatelliteState.THINKING, SatelliteState.SPEAKING)
    await until(lambda: any(satellite.state in states for satellite in fleet.satellites()))
