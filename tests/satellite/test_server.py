"""The satellite's port: who gets what answer, and who controls the toy."""

import asyncio
import errno
import socket

import pytest
from wyoming.event import Event
from wyoming.info import Info

from satellite.board.panel import State
from satellite.errors import SetupError
from satellite.server import MAX_IDLE_S, MAX_LINKS, listen_on
from satellite.wake.turn_start import WakeMode
from satellite.wire.extensions import hello
from satellite.wire.stream import WireError
from tests.clock import FakeClock, settle
from tests.satellite.bad_headers import BAD_HEADERS
from tests.satellite.toy import HeldSpeaker, Peer, TalkingMicrophone, running_toy


async def test_describe_says_who_it_is_in_plain_wyoming() -> None:
    async with running_toy() as toy:
        peer = await Peer.connect(toy.port)
        await peer.say(Event("describe"))
        event = await peer.until("info")
        satellite = Info.from_event(event).satellite
        assert satellite is not None
        assert (satellite.name, satellite.version) == ("Rabbit", "0.1")
        assert event.data["satellite"]["id"] == "00112233445566aa"
        assert event.data["satellite"]["boot"] == "b00710"
        assert not event.data["asr"]


@pytest.mark.parametrize("text", ["knock", None])
async def test_a_ping_is_answered_with_its_text(text: str | None) -> None:
    async with running_toy() as toy:
        peer = await Peer.connect(toy.port)
        await peer.say(Event("ping", {"text": text}))
        assert await peer.until("pong") == Event("pong", {"text": text})


@pytest.mark.parametrize("kind", ["ping", "describe", "audio-start", "transcript", "run-pipeline"])
async def test_no_sound_goes_to_a_peer_that_has_not_said_run_satellite(kind: str) -> None:
    microphone = TalkingMicrophone()
    async with running_toy(WakeMode.STREAM, microphone) as toy:
        peer = await Peer.connect(toy.port)
        await peer.say(Event(kind))
        await asyncio.sleep(0.05)
        peer.stream.write_eof()
        assert {event.type for event in await peer.until_closed()} <= {"pong", "info"}
        assert microphone.given == 0
        assert toy.panel.seen == [State.HUB_AWAY]


async def test_the_newest_controller_wins_and_the_older_is_told() -> None:
    async with running_toy(WakeMode.STREAM) as toy:
        older = await toy.hub()
        await older.until("audio-chunk")
        newer = await Peer.connect(toy.port)
        await newer.say(Event("run-satellite"))
        await newer.until("audio-chunk")
        last = (await older.until_closed())[-1]
        assert (last.type, last.data["code"]) == ("error", "replaced")
        await newer.until("audio-chunk")
        assert State.HUB_AWAY not in toy.panel.seen[1:]


async def test_a_bystander_can_neither_play_nor_pause() -> None:
    speaker = HeldSpeaker()
    async with running_toy(WakeMode.STREAM, speaker=speaker) as toy:
        hub = await toy.hub()
        bystander = await Peer.connect(toy.port)
        await bystander.say(Event("pause-satellite"), Event("transcript", {"text": ""}))
        await bystander.reply()
        assert await bystander.hears_nothing()
        await hub.until("audio-chunk")
        assert toy.panel.seen[1:] == [State.IDLE, State.LISTENING]
        assert not speaker.rates


@pytest.mark.parametrize("abrupt", [True, False])
async def test_when_the_hub_goes_the_microphone_closes(abrupt: bool) -> None:
    microphone = TalkingMicrophone()
    async with running_toy(WakeMode.STREAM, microphone) as toy:
        hub = await toy.hub()
        await hub.until("audio-chunk")
        assert microphone.is_open
        bystander = await Peer.connect(toy.port)
        if abrupt:
            hub.stream.transport.abort()
        else:
            await hub.hang_up()
        await toy.panel.until(State.HUB_AWAY)
        assert not microphone.is_open
        given = microphone.given
        assert await bystander.hears_nothing()
        assert microphone.given == given
        back = await toy.hub()
        await back.until("audio-chunk")


async def test_garbage_from_others_leaves_a_turn_alone() -> None:
    async with running_toy(WakeMode.STREAM) as toy:
        hub = await toy.hub()
        for sent in (*BAD_HEADERS, b"x" * 100_000):
            stranger = await Peer.connect(toy.port)
            stranger.stream.write(sent)
            rest = await _all_that_comes(stranger)
            assert [event.type for event in rest] in (["error"], [])
            await hub.until("audio-chunk")
        await hub.say(Event("transcript", {"text": "hello"}))
        await hub.reply()
        await hub.until("played")


async def _all_that_comes(peer: Peer) -> list[Event]:
    """A reset may overtake the toy's last words: unread garbage does that."""
    try:
        return await peer.until_closed()
    except WireError:
        return []


@pytest.mark.parametrize("wrong", [{"rate": "16k"}, {"channels": 1.0}, {"channels": True}])
async def test_garbage_from_the_hub_ends_its_control(wrong: dict[str, object]) -> None:
    async with running_toy(WakeMode.STREAM) as toy:
        hub = await toy.hub()
        form = {"rate": 22050, "width": 2, "channels": 1}
        await hub.say(Event("audio-start", form | wrong), Event("audio-chunk", form, bytes(640)))
        last = (await hub.until_closed())[-1]
        assert (last.type, last.data["code"]) == ("error", "protocol")
        await toy.panel.until(State.HUB_AWAY)


async def test_opus_is_for_encrypted_links_alone() -> None:
    async with running_toy() as toy:
        peer = await Peer.connect(toy.port)
        await peer.say(Event("describe"))
        about = (await peer.until("info")).data["satellite"]["pommai"]
        assert about["audio"] == ["pcm"]
        await peer.say(hello("opus"))
        [error] = await peer.until_closed()
        assert error.data["code"] == "protocol"


async def test_too_many_connections_are_told_so() -> None:
    async with running_toy() as toy:
        peers = [await Peer.connect(toy.port) for _ in range(MAX_LINKS)]
        for peer in peers:
            assert await peer.hears_nothing()
        late = await Peer.connect(toy.port)
        (refusal,) = await late.until_closed()
        assert (refusal.type, refusal.data["code"]) == ("error", "busy")
        await peers[0].hang_up()
        await asyncio.sleep(0.05)
        await toy.hub()


async def test_who_says_nothing_gives_up_the_place_but_a_silent_hub_stays() -> None:
    clock = FakeClock()
    async with running_toy(clock=clock) as toy:
        hub = await toy.hub()
        idler = await Peer.connect(toy.port)
        await settle()
        await clock.advance(MAX_IDLE_S + 1)
        assert await idler.until_closed() == []
        assert await hub.hears_nothing()


async def test_a_taken_port_is_one_line_that_says_what_to_do() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(SetupError, match=r"in use.*--port") as refused,
    ):
        listen_on("127.0.0.1", taken.getsockname()[1])
    cause = refused.value.__cause__
    assert isinstance(cause, OSError)
    assert cause.errno == errno.EADDRINUSE


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("127.0.0.1", 99_999, "--port 99999: must be from 0 to 65535"),
        ("192.0.2.77", 0, "can't listen on 192.0.2.77:0: Cannot assign requested address"),
    ],
)
def test_a_port_or_an_address_that_cannot_be_is_told_in_one_line(
    host: str, port: int, told: str
) -> None:
    with pytest.raises(SetupError, match=f"^{told}$"):
        listen_on(host, port)


def test_at_every_address_it_listens_on_ipv4_and_ipv6_alike() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    with listen_on("::", 0) as listening:
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, listening.getsockname()[1]), timeout=5).close()
