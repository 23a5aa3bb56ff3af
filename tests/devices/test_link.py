"""The lasting link: it takes charge, keeps watch, comes back, and leaves what isn't its satellite alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from wyoming.event import Event

from hub.config import LinkSection
from hub.devices.connection import Connection
from hub.devices.identity import MAX_ADDRESSES, Address, Identity
from hub.devices.link import SIGN_S, Link, wait_s
from hub.domain.toys import Satellite, SatelliteState
from satellite.wire.frame import AudioFrame
from tests.clock import FakeClock, settle
from tests.devices.scripted import PretendSatellite, until

TIMES = LinkSection()


class Household:
    """A link, and what it told of itself."""

    def __init__(self, satellite: Satellite, clock: FakeClock, times: LinkSection) -> None:
        self.clock = clock
        self.met: list[tuple[Address, Identity]] = []
        self.partings = 0
        self.received: list[Event] = []
        self.opus = False
        self.satellite = satellite
        self.link = Link(self, clock, times)

    async def becomes(self, state: SatelliteState) -> None:
        await until(lambda: self.link.state is state)

    async def pass_time(self, seconds: float) -> None:
        """Second by second, with time for the sockets to say what they have to."""
        for _ in range(int(seconds)):
            await self.clock.advance(1)
            await asyncio.sleep(0.01)

    def took_charge(self) -> None:
        self.obeys = True

    def changed(self) -> None:
        pass

    def met_copy(self, address: Address) -> None:
        pass

    async def receive(self, message: Event | AudioFrame) -> None:
        assert isinstance(message, Event)
        self.received.append(message)

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def connected(self, connection: Connection) -> "Household":
        self.met.append((connection.address, connection.identity))
        self.opus = connection.speaks_opus
        return self

    async def parted(self) -> None:
        self.partings += 1


@asynccontextmanager
async def household(
    *addresses: Address, key: str = "id:b1", name: str = "Bear", times: LinkSection = TIMES
) -> AsyncIterator[Household]:
    it = Household(Satellite(key, name, addresses, adopted=True), FakeClock(), times)
    running = asyncio.create_task(it.link.run())
    try:
        yield it
    finally:
        running.cancel()
        await asyncio.wait((running,))


def test_waits_grow_from_one_to_thirty_seconds_give_or_take_a_fifth() -> None:
    def waited(attempt: int, jitter: float = 0.5) -> float:
        return wait_s(attempt, jitter, TIMES.longest_wait_s)

    assert [waited(attempt) for attempt in (1, 2, 3, 4, 5, 6, 7, 999)] == [
        *[1, 2, 4, 8, 16],
        *[30] * 3,
    ]
    assert [waited(3, 0.0), waited(3, 1.0)] == pytest.approx([3.2, 4.8])


async def test_it_introduces_itself_and_takes_charge() -> None:
    async with (
        PretendSatellite(device_id="b1", boot_id="x") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        assert bear.types[:2] == ["describe", "run-satellite"]
        assert it.met == [(("127.0.0.1", bear.port), Identity("Bear", "b1", "x", "", "1.2"))]
        await bear.send(Event("run-pipeline", {"start_stage": "asr"}))
        await until(lambda: "run-pipeline" in [event.type for event in it.received])


@pytest.mark.parametrize(
    ("ours", "first"),
    [
        ({"protocol": 1}, "pommai-hello"),
        ({"protocol": 2}, "run-satellite"),
        ("yes", "run-satellite"),
    ],
)
async def test_it_greets_a_satellite_of_ours_and_no_other(ours: object, first: str) -> None:
    info = {"satellite": {"name": "Bear", "id": "b1", "pommai": ours}}
    async with (
        PretendSatellite(info=info) as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        assert bear.types[1] == first
        assert "run-satellite" in bear.types


@pytest.mark.parametrize(("pongs", "probe"), [(True, "ping"), (False, "describe")])
async def test_it_asks_for_life_in_the_way_that_the_satellite_answers(
    pongs: bool, probe: str
) -> None:
    async with (
        PretendSatellite(device_id="b1", pongs=pongs) as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await until(lambda: len(bear.got) == 4)
        await it.becomes(SatelliteState.ONLINE)
        await asyncio.sleep(0.05)
        bear.got.clear()
        await it.pass_time(60)
        assert it.link.state is SatelliteState.ONLINE
        assert set(bear.types) == {probe}
        assert bear.connections == 1


async def test_a_satellite_that_falls_silent_is_away_and_dialled_again() -> None:
    async with (
        PretendSatellite(device_id="b1") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        bear.mute = True
        await it.pass_time(TIMES.silent_s + TIMES.probe_s)
        await it.becomes(SatelliteState.AWAY)
        assert "no sign of life" in it.link.detail
        await until(lambda: it.partings == 1)
        bear.mute = False
        for _ in range(30):
            await it.pass_time(1)
        await it.becomes(SatelliteState.ONLINE)


async def test_how_much_silence_is_borne_is_a_setting() -> None:
    times = LinkSection(silent_s=40)
    async with (
        PretendSatellite(device_id="b1") as bear,
        household(("127.0.0.1", bear.port), times=times) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        bear.mute = True
        await it.pass_time(TIMES.silent_s + TIMES.probe_s)
        assert it.link.state is SatelliteState.ONLINE
        await it.pass_time(times.silent_s)
        await it.becomes(SatelliteState.AWAY)


async def test_one_that_another_hub_holds_is_said_to_be_held() -> None:
    async with PretendSatellite(device_id="b1") as bear:

        async def ignore_us() -> None:  # as a stock one does then: no answer, no end of file
            bear.mute = True

        bear.on_run = ignore_us
        async with household(("127.0.0.1", bear.port)) as it:
            await until(lambda: bear.mute)
            await it.pass_time(TIMES.silent_s + TIMES.probe_s)
            await it.becomes(SatelliteState.AWAY)
            assert "another hub" in it.link.detail


async def test_a_new_boot_id_ends_the_old_link_where_nobody_answers_there() -> None:
    async with (
        PretendSatellite(device_id="b1", boot_id="old") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        await until(lambda: len(bear.got) == 4)
        bear.mute = True
        it.link.announced([("127.0.0.1", bear.port)], "new")
        await until(lambda: len(bear.got) == 5)
        bear.mute = False
        bear.info["satellite"]["boot"] = "new"
        await it.clock.advance(SIGN_S)
        await until(lambda: bear.connections == 2)  # without a pause
        await it.becomes(SatelliteState.ONLINE)
        it.link.announced([("127.0.0.1", bear.port)], "new")
        await asyncio.sleep(0.05)
        assert bear.connections == 2


async def test_a_satellite_that_answers_is_not_left_whatever_is_announced() -> None:
    async with (
        PretendSatellite(device_id="b1", boot_id="old") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):

        def has_got(events: int) -> bool:
            return len(bear.got) == events

        await until(partial(has_got, 4))
        await it.becomes(SatelliteState.ONLINE)
        for number in range(5, 10):
            it.link.announced([("127.0.0.1", 1)], f"boot {number}")
            await until(partial(has_got, number))
        await it.pass_time(3 * SIGN_S)
        assert it.link.state is SatelliteState.ONLINE
        assert bear.connections == 1


async def test_a_new_address_is_dialled_at_once() -> None:
    async with household(("127.0.0.1", 1)) as it:
        await it.becomes(SatelliteState.AWAY)
        async with PretendSatellite(device_id="b1") as bear:
            it.link.announced([("127.0.0.1", bear.port)], "")
            await it.becomes(SatelliteState.ONLINE)


async def test_the_address_where_it_was_found_is_kept_however_many_are_announced() -> None:
    async with (
        PretendSatellite(device_id="b1") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        it.link.announced([("127.0.0.1", port) for port in range(1, MAX_ADDRESSES + 1)], "")
        await bear.hang_up()
        await it.becomes(SatelliteState.AWAY)
        await it.pass_time(2)
        await it.becomes(SatelliteState.ONLINE)


async def test_all_addresses_are_tried_and_a_strangers_is_passed_over() -> None:
    async with (
        PretendSatellite("Neighbour", device_id="other") as neighbour,
        PretendSatellite(device_id="b1") as bear,
        household(("127.0.0.1", 1), ("127.0.0.1", neighbour.port), ("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        assert [address[1] for address, _ in it.met] == [bear.port]
        assert neighbour.types in ([], ["describe"])
        await until(lambda: neighbour.open == 0)


async def test_a_stranger_at_the_only_address_is_left_alone() -> None:
    async with (
        PretendSatellite("Neighbour", device_id="other") as neighbour,
        household(("127.0.0.1", neighbour.port)) as it,
    ):
        await it.becomes(SatelliteState.AWAY)
        assert "another satellite lives there now, Neighbour" in it.link.detail
        assert neighbour.types == ["describe"]


async def test_a_stock_satellite_is_known_by_its_name() -> None:
    async with PretendSatellite("Kitchen") as kitchen:
        address = ("127.0.0.1", kitchen.port)
        async with household(address, key="name:aabb", name="Kitchen") as it:
            await it.becomes(SatelliteState.ONLINE)
        async with household(address, key="name:aabb", name="Bedroom") as it:
            await it.becomes(SatelliteState.AWAY)
            assert "calls itself Kitchen, not Bedroom" in it.link.detail


async def test_the_connection_is_closed_when_the_link_ends() -> None:
    async with PretendSatellite(device_id="b1") as bear:
        async with household(("127.0.0.1", bear.port)) as it:
            await it.becomes(SatelliteState.ONLINE)
        await until(lambda: bear.open == 0)


async def test_a_fault_of_ours_does_not_end_the_link() -> None:
    async with (
        PretendSatellite(device_id="b1") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        it.received = None  # type: ignore[assignment] # what a bug in the session looks like
        await bear.send(Event("anything"))
        await it.becomes(SatelliteState.ERROR)
        it.received = []
        await it.pass_time(3)
        await it.becomes(SatelliteState.ONLINE)


async def test_one_that_another_hub_took_over_is_said_to_be_taken() -> None:
    async with (
        PretendSatellite(device_id="b1") as bear,
        household(("127.0.0.1", bear.port)) as it,
    ):
        await it.becomes(SatelliteState.ONLINE)
        await bear.send(Event("error", {"text": "another hub controls it", "code": "replaced"}))
        await bear.hang_up()
        await it.becomes(SatelliteState.AWAY)
        assert "taken it over" in it.link.detail


@pytest.mark.parametrize("rounds", range(12))
async def test_a_link_that_is_let_go_while_it_is_being_lost_ends(rounds: int) -> None:
    async with PretendSatellite(device_id="b1") as bear:
        it = Household(
            Satellite("id:b1", "Bear", (("127.0.0.1", bear.port),), adopted=True),
            FakeClock(),
            TIMES,
        )
        running = asyncio.create_task(it.link.run())
        await it.becomes(SatelliteState.ONLINE)
        await bear.hang_up()
        await settle(rounds)
        running.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait((running,))
    assert running.cancelled()
