"""The fleet over real zeroconf on loopback: what is seen, whom the family adopts, and what is kept of it."""

import asyncio
from uuid import uuid4

import pytest
from structlog.testing import capture_logs
from zeroconf._dns import DNSPointer
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf.asyncio import AsyncZeroconf
from zeroconf.const import _CLASS_IN, _FLAGS_AA, _FLAGS_QR_RESPONSE, _TYPE_PTR

from hub.devices.discovery import RESCAN_S, SERVICE_TYPE, Discovery
from hub.devices.fleet import Fleet
from hub.domain.clock import SystemClock
from hub.domain.toys import Satellite, SatelliteState, Toy
from hub.errors import ConfigError, LinkError, NotFoundError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.devices.fleets import ID, LOOPBACK, announced, running_fleet
from tests.devices.scripted import (
    PretendSatellite,
    ScriptedTurns,
    answers,
    mic,
    run_pipeline,
    until,
)

KEY, NAME = f"id:{ID}", f"Bear{ID[:6]}"


async def seen(fleet: Fleet, key: str) -> Satellite:
    await until(lambda: key in [satellite.key for satellite in fleet.satellites()])
    return next(satellite for satellite in fleet.satellites() if satellite.key == key)


async def in_state(fleet: Fleet, state: SatelliteState) -> None:
    await until(lambda: state in [satellite.state for satellite in fleet.satellites()])


async def links_to_another(fleet: Fleet) -> None:
    """By then it would have dialled whatever else it dials."""
    async with PretendSatellite("Another") as another:
        await fleet.adopt(f"127.0.0.1:{another.port}")
        await in_state(fleet, SatelliteState.ONLINE)


async def test_a_satellite_is_seen_and_left_alone(store: Store, bus: Bus) -> None:
    async with (
        PretendSatellite(NAME, device_id=ID) as bear,
        announced(f"{NAME}-{ID}", bear.port, id=ID, boot="x", hw="Pi", fw="0.1"),
        running_fleet(store, bus) as fleet,
    ):
        found = await seen(fleet, KEY)
        assert found == Satellite(
            key=KEY,
            name=NAME,
            addresses=(("127.0.0.1", bear.port),),
            hardware="Pi",
            firmware="0.1",
            boot_id="x",
        )
        await links_to_another(fleet)
        assert bear.connections == 0


@pytest.mark.parametrize(
    "name",
    [NAME.lower(), f"{NAME}-{ID}", KEY, ID.upper(), "127.0.0.1:{port}"],
    ids=["name", "announced name", "key", "id", "address"],  # the same in every process of a run
)
async def test_a_satellite_is_adopted_by_any_of_its_names(
    name: str, store: Store, bus: Bus
) -> None:
    async with (
        PretendSatellite(NAME, device_id=ID) as bear,
        announced(f"{NAME}-{ID}", bear.port, id=ID),
        running_fleet(store, bus) as fleet,
    ):
        await seen(fleet, KEY)
        adopted = await fleet.adopt(name.format(port=bear.port))
        assert (adopted.key, adopted.adopted) == (KEY, True)
        await in_state(fleet, SatelliteState.ONLINE)
        assert (await seen(fleet, KEY)).interruptible is False, "it is a stock one"
        kept = await store.satellites.get(KEY)
        assert kept is not None
        assert (kept.name, kept.firmware, kept.adopted) == (NAME, "1.2", True)
        assert kept.last_seen is not None
        with pytest.raises(RefusedError, match="adopted already"):
            await fleet.adopt(NAME)


async def test_an_adopted_satellite_talks_after_the_hub_started_again(
    store: Store, bus: Bus
) -> None:
    turns = ScriptedTurns(answers())
    async with (
        PretendSatellite(NAME, device_id=ID) as bear,
        announced(f"{NAME}-{ID}", bear.port, id=ID),
    ):
        async with running_fleet(store, bus) as fleet:
            await seen(fleet, KEY)
            await fleet.adopt(KEY)
        async with running_fleet(store, bus, turns=turns) as fleet:
            await in_state(fleet, SatelliteState.ONLINE)
            await bear.send(run_pipeline(), mic(200))
            await until(lambda: "audio-stop" in bear.types)
    assert turns.asks[0].satellite_key == KEY


async def test_two_of_one_name_are_told_apart(store: Store, bus: Bus) -> None:
    async with (
        announced(f"{NAME}-{ID}", 1, id=ID),
        announced(f"{NAME}-{ID}2", 2, id=f"{ID}2"),
        running_fleet(store, bus) as fleet,
    ):
        await seen(fleet, KEY)
        await seen(fleet, f"{KEY}2")
        with pytest.raises(RefusedError, match=f"keys {KEY}, {KEY}2"):
            await fleet.adopt(NAME)


async def test_adopting_says_what_is_wrong(store: Store, bus: Bus) -> None:
    async with (
        PretendSatellite(info={"asr": []}) as recogniser,
        announced(f"ears{ID}", recogniser.port),
        running_fleet(store, bus) as fleet,
    ):
        await seen(fleet, f"name:ears{ID}")
        with pytest.raises(NotFoundError, match=f"no satellite '{NAME}' is known here.*ears{ID}"):
            await fleet.adopt(NAME)
        with pytest.raises(LinkError, match="not a satellite"):
            await fleet.adopt(f"ears{ID}")
        with pytest.raises(LinkError, match=r"127\.0\.0\.1:1: "):
            await fleet.adopt("127.0.0.1:1")
        with pytest.raises(NotFoundError):
            await fleet.release(f"ears{ID}")
    assert await store.satellites.list() == []


async def test_a_released_satellite_is_left_alone(store: Store, bus: Bus) -> None:
    async with PretendSatellite(NAME, device_id=ID) as bear, running_fleet(store, bus) as fleet:
        await fleet.adopt(f"127.0.0.1:{bear.port}")
        await in_state(fleet, SatelliteState.ONLINE)
        await fleet.release(f"127.0.0.1:{bear.port}")
        await until(lambda: bear.open == 0)
        connections = bear.connections
        assert not any(satellite.adopted for satellite in fleet.satellites())
        assert await store.satellites.list() == []
        await links_to_another(fleet)
        assert bear.connections == connections


async def test_each_satellite_gets_a_toy_of_its_own_while_there_are_some(
    store: Store, bus: Bus
) -> None:
    await store.toys.save(Toy("z", "Zebra"))
    first = (await store.toys.list())[0]
    async with (
        PretendSatellite("a") as a,
        PretendSatellite("b") as b,
        PretendSatellite("c") as c,
        PretendSatellite("d") as d,
        running_fleet(store, bus) as fleet,
    ):
        given = [
            (await fleet.adopt(f"127.0.0.1:{each.port}", toy)).toy_id
            for each, toy in ((a, None), (b, None), (c, None), (d, Toy("z", "Zebra")))
        ]
    assert given == [first.id, "z", first.id, "z"]


async def test_a_configured_address_counts_as_adopted(store: Store, bus: Bus) -> None:
    async with PretendSatellite("Far") as far:
        address = f"127.0.0.1:{far.port}"
        for _ in range(2):
            async with running_fleet(store, bus, configured=(address,)) as fleet:
                await in_state(fleet, SatelliteState.ONLINE)
                assert [s.name for s in fleet.satellites() if s.adopted] == ["Far"]
                with pytest.raises(RefusedError, match="remove it there"):
                    await fleet.release("Far")


@pytest.mark.parametrize("text", ["", "bear", "host:", "host:0", "host:99999", "a b:1", ":1"])
async def test_a_configured_address_must_be_one(text: str, store: Store, bus: Bus) -> None:
    with pytest.raises(ConfigError, match="is not host:port"):
        async with running_fleet(store, bus, configured=(text,)):
            pass


async def test_the_bus_tells_of_what_came_and_of_every_state(store: Store, bus: Bus) -> None:
    async with PretendSatellite(NAME, device_id=ID) as bear:
        with bus.subscribe() as news:
            async with running_fleet(store, bus) as fleet:
                async with announced(f"{NAME}-{ID}", bear.port, id=ID):
                    await asyncio.wait_for(news.get(), 60)
                    await seen(fleet, KEY)
                    await fleet.adopt(NAME)
                    await in_state(fleet, SatelliteState.ONLINE)
                    await bear.send(run_pipeline())
                    await in_state(fleet, SatelliteState.LISTENING)
                await until(lambda: f"{NAME}-{ID}.{SERVICE_TYPE}" not in fleet.discovery.seen)


async def test_what_is_announced_is_printable() -> None:
    discovery = Discovery(("127.0.0.1",), SystemClock(), lambda key: None)
    task = asyncio.create_task(discovery.run())
    name, hostile = f"evil{uuid4().hex[:8]}", "x" * 150 + "\x1b[2J"
    try:
        async with announced(
            name, 7, "127.0.0.9", "127.0.0.8", id="../../etc", fw=hostile, hw="\n\x00\x1b", boot="é"
        ):
            await until(lambda: f"{name}.{SERVICE_TYPE}" in discovery.seen)
            evil = discovery.seen[f"{name}.{SERVICE_TYPE}"].satellite
            assert (evil.key, evil.hardware, evil.boot_id) == (f"name:{name}", "???", "é")
            assert len(evil.firmware) == 100
            assert set(evil.addresses) == {("127.0.0.9", 7), ("127.0.0.8", 7)}
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def test_a_name_that_no_service_may_have_does_not_end_the_looking() -> None:
    discovery = Discovery(("127.0.0.1",), SystemClock(), lambda key: None)
    task = asyncio.create_task(discovery.run())
    name = f"good{uuid4().hex[:8]}"
    answer = DNSOutgoing(_FLAGS_QR_RESPONSE | _FLAGS_AA)
    pointer = DNSPointer(SERVICE_TYPE, _TYPE_PTR, _CLASS_IN, 120, f"evil\x1b[2J.{SERVICE_TYPE}")
    answer.add_answer_at_time(pointer, 0)
    try:
        with capture_logs() as logs:
            async with AsyncZeroconf(interfaces=LOOPBACK) as zeroconf:
                await zeroconf.zeroconf.async_wait_for_start()
                async with asyncio.timeout(60):
                    while not any("odd announcement" in entry["event"] for entry in logs):
                        zeroconf.zeroconf.async_send(answer)
                        await asyncio.sleep(0.1)
            async with announced(name, 7):
                await until(lambda: f"{name}.{SERVICE_TYPE}" in discovery.seen)
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def test_a_missing_interface_is_one_line_and_is_waited_for() -> None:
    clock = FakeClock()
    with capture_logs() as logs:
        discovery = Discovery(("192.0.2.1",), clock, lambda key: None)
        task = asyncio.create_task(discovery.run())
        await clock.advance(3 * RESCAN_S)
        assert not task.done()
        task.cancel()
        await asyncio.wait((task,))
    assert [entry["log_level"] for entry in logs] == ["warning"]


def test_an_interface_must_be_an_address() -> None:
    with pytest.raises(ConfigError, match="'eth0' must be an address of this machine"):
        Discovery(("eth0",), FakeClock(), lambda key: None)
