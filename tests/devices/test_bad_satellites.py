"""Satellites that misbehave: one line each, a bounded cost, and the toy beside them goes on talking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs
from wyoming.event import Event

from hub.devices.fleet import Fleet
from hub.domain.toys import Satellite, SatelliteState
from hub.events import Bus
from hub.storage.store import Store
from tests.devices.fleets import running_fleet
from tests.devices.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    mic,
    run_pipeline,
    until,
)

Greet = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xffHTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()
    await asyncio.Event().wait()


async def header_without_end(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"{" * 1000)
        await writer.drain()


async def two_gigabytes(writer: asyncio.StreamWriter) -> None:
    writer.write(b'{"type": "info", "payload_length": 2147483648}\n')
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


async def closes_at_once(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def floods_before_its_info(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b'{"type": "x"}\n' * 1000)
        await writer.drain()


@asynccontextmanager
async def bear_beside(bad: PretendSatellite, store: Store, bus: Bus) -> AsyncIterator[Fleet]:
    """A running fleet of one bad and one good satellite; in the end the good one has had a turn."""
    async with PretendSatellite("Bear") as bear:
        turns = ScriptedTurns(answers())
        configured = (f"127.0.0.1:{bad.port}", f"127.0.0.1:{bear.port}")
        async with running_fleet(store, bus, turns=turns, configured=configured) as fleet:
            await until(lambda: len(fleet) == 2)
            yield fleet
            await until(lambda: one(fleet, bear).state is SatelliteState.ONLINE)
            await bear.send(run_pipeline(), mic(200))
            await until(lambda: "audio-stop" in bear.types)


def one(fleet: Fleet, satellite: PretendSatellite) -> Satellite:
    return next(
        each for each in fleet.satellites() if ("127.0.0.1", satellite.port) in each.addresses
    )


@pytest.mark.parametrize(
    ("greet", "line"),
    [
        (garbage, "a header is not JSON"),
        (header_without_end, "a header is longer than"),
        (two_gigabytes, "payload_length is more than"),
        (closes_at_once, "connection"),  # closed or reset
        (floods_before_its_info, "floods the hub"),
    ],
)
async def test_what_is_not_wyoming_is_one_line_and_the_others_go_on(
    greet: Greet, line: str, store: Store, bus: Bus
) -> None:
    with capture_logs() as logs:
        async with (
            PretendSatellite(greet=greet) as bad,
            bear_beside(bad, store, bus) as fleet,
        ):
            await until(lambda: one(fleet, bad).state is SatelliteState.AWAY)
            assert line in one(fleet, bad).state_detail
            assert "\n" not in one(fleet, bad).state_detail
    complaints = [entry for entry in logs if entry["log_level"] in ("warning", "error")]
    assert all(line in entry["error"] for entry in complaints)


async def test_one_that_never_answers_does_not_hold_up_the_others(store: Store, bus: Bus) -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with (
        PretendSatellite(greet=silent) as bad,
        bear_beside(bad, store, bus) as fleet,
    ):
        await until(lambda: one(fleet, bad).state is SatelliteState.CONNECTING)
        await until(lambda: one(fleet, bad).state is SatelliteState.AWAY)
        assert "does not say what it is" in one(fleet, bad).state_detail


async def test_one_that_floods_the_hub_with_events_is_hung_up_on(store: Store, bus: Bus) -> None:
    async with PretendSatellite("Flood") as bad:

        async def flood() -> None:
            while True:
                await bad.send(run_pipeline(), Event("nonsense", {"a": [1, 2, 3]}))

        bad.on_run = flood
        async with bear_beside(bad, store, bus) as fleet:
            await until(lambda: one(fleet, bad).state is SatelliteState.AWAY)
            assert "floods the hub" in one(fleet, bad).state_detail
