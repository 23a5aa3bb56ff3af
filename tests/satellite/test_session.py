"""A session alone: what it sends when presses, mutes and a broken microphone come between two chunks of sound."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest
from wyoming.event import Event

from satellite.board.panel import State
from satellite.link import HubLink
from satellite.session import SatelliteSession
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire.commands import SettingsMessage
from tests.clock import FakeClock
from tests.devices.scripted import until
from tests.satellite.toy import HeldSpeaker, SeenPanel, TalkingMicrophone


class KeptLink:
    """A plain hub's, which keeps what it is sent."""

    is_ours = encrypted = speaks_opus = False

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, *messages: Event) -> None:
        self.sent += [message.type for message in messages]

    async def write(self, *messages: Event) -> None:
        self.send(*messages)


class Alone:
    """A session with everything around it."""

    def __init__(self, waker: Waker) -> None:
        self.link, self.microphone, self.panel = KeptLink(), TalkingMicrophone(), SeenPanel()
        self.clock = FakeClock()
        devices = (self.microphone, HeldSpeaker(), waker, self.panel, self.clock)
        self.session = SatelliteSession(cast(HubLink, self.link), *devices)

    async def chunks(self, count: int = 3) -> None:
        """So many more are heard."""
        given = self.microphone.given
        await until(lambda: self.microphone.given >= given + count)


@asynccontextmanager
async def alone(waker: Waker) -> AsyncIterator[Alone]:
    one = Alone(waker)
    running = asyncio.create_task(one.session.run())
    try:
        await one.chunks()
        yield one
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_nothing_that_is_heard_after_a_mute_leaves() -> None:
    async with alone(Waker(WakeMode.STREAM)) as one:
        assert "audio-chunk" in one.link.sent
        one.session.mute(True)
        sent = len(one.link.sent)
        await until(lambda: not one.microphone.is_open)
        assert one.link.sent[sent:] == ["audio-stop"]


async def test_a_microphone_that_was_wanted_for_a_moment_alone_stays_closed() -> None:
    async with alone(Waker(WakeMode.STREAM)) as one:
        one.session.mute(True)
        await until(lambda: not one.microphone.is_open)
        one.session.mute(False)
        one.session.mute(True)
        await asyncio.sleep(0.05)
        assert not one.microphone.is_open


async def muted(one: Alone) -> None:
    one.session.mute(True)
    await until(lambda: not one.microphone.is_open)
    one.session.mute(False)


async def paused(one: Alone) -> None:
    one.session.handle(Event("pause-satellite"))
    await until(lambda: not one.microphone.is_open)
    one.session.handle(Event("run-satellite"))


async def broken(one: Alone) -> None:
    one.microphone.broken = True
    one.microphone.sounding.set()
    await one.panel.until(State.ERROR)
    one.microphone.broken = False
    await one.clock.advance(1.0)


@pytest.mark.parametrize("by", [muted, paused, broken])
async def test_a_press_that_nobody_could_hear_begins_no_turn_later(
    by: Callable[[Alone], Awaitable[None]],
) -> None:
    async with alone(Waker(WakeMode.MANUAL)) as one:
        one.microphone.sounding.clear()
        one.session.press()
        one.session.release()
        await by(one)
        one.microphone.sounding.set()
        await one.chunks()
        assert one.panel.shown() is State.IDLE
        assert "run-pipeline" not in one.link.sent
        one.session.press()
        await one.panel.until(State.LISTENING)


async def test_after_what_lulls_the_light_stays_dim_and_nobody_is_listened_to() -> None:
    waker = Waker(WakeMode.MANUAL)
    waker.choose(SettingsMessage(wake="voice", follow_up_s=6))
    async with alone(waker) as one:
        one.session.trigger()
        await one.panel.until(State.LISTENING)
        one.session.handle(Event("transcript", {"text": "play the rain"}))
        lulls = {"rate": 16_000, "width": 2, "channels": 1, "lulls": True}
        one.session.handle(Event("audio-start", lulls))
        assert one.panel.dimmed
        one.session.handle(Event("audio-stop"))
        await until(lambda: "played" in one.link.sent)
        assert one.panel.shown() is State.IDLE
        assert one.panel.dimmed
        assert State.LISTENING_ON not in one.panel.seen
        one.session.press()
        await one.panel.until(State.LISTENING)
        assert not one.panel.dimmed


async def test_a_toy_that_became_deaf_while_it_spoke_does_not_seem_to_listen_on() -> None:
    waker = Waker(WakeMode.MANUAL)
    waker.choose(SettingsMessage(wake="voice", follow_up_s=6))
    async with alone(waker) as one:
        one.session.trigger()
        await one.panel.until(State.LISTENING)
        one.session.handle(Event("transcript", {"text": "what is the moon"}))
        one.session.handle(Event("audio-start", {"rate": 16_000, "width": 2, "channels": 1}))
        one.microphone.broken = True
        await until(lambda: "error" in one.link.sent)
        one.session.handle(Event("audio-stop"))
        await until(lambda: "played" in one.link.sent)
        await one.panel.until(State.ERROR)
        assert State.LISTENING_ON not in one.panel.seen
