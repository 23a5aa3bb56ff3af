"""Playing at the pace of time, on a clock that the test turns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from satellite.audio.jitter import PacketCounts
from satellite.audio.player import (
    LEAD_S,
    MAX_QUEUED,
    MAX_QUEUED_BYTES,
    MAX_REPLIES,
    MAX_STALLED_S,
    Player,
)
from satellite.errors import DeviceError
from satellite.wire.stream import WireError
from tests.clock import FakeClock, settle
from tests.satellite.toy import HeldSpeaker

SPEECH = (16_000, 1)


@asynccontextmanager
async def playing(
    speaker: HeldSpeaker, clock: FakeClock
) -> AsyncIterator[tuple[Player, list[DeviceError | None]]]:
    ended: list[DeviceError | None] = []

    async def reply_ended(heard_samples: int, error: DeviceError | None) -> None:
        ended.append(error)

    player = Player(speaker, clock, reply_ended, PacketCounts())
    task = asyncio.create_task(player.run())
    try:
        yield player, ended
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_speaker_is_fed_only_a_little_ahead_of_what_is_heard() -> None:
    speaker, clock = HeldSpeaker(), FakeClock()
    async with playing(speaker, clock) as (player, ended):
        player.start(*SPEECH)
        player.feed(bytes(64_000))  # two seconds at once
        player.stop()
        await clock.advance(0)
        for tenths in range(20):
            heard = 3_200 * tenths
            assert heard <= len(speaker.played) <= heard + 32_000 * (LEAD_S + 0.04)
            assert ended == []
            await clock.advance(0.1)
        await clock.advance(0.01)
        assert (len(speaker.played), speaker.finished, ended) == (64_000, 1, [None])


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
async def test_a_speaker_with_one_rate_gets_that_and_the_length_stays(rate_hz: int) -> None:
    speaker, clock = HeldSpeaker(rate_hz=16_000), FakeClock()
    async with playing(speaker, clock) as (player, ended):
        player.start(rate_hz, 2)
        for _ in range(10):
            player.feed(b"\1\2" * 2 * (rate_hz // 10))
        player.stop()
        await clock.advance(1.1)
        assert ended == [None]
        assert speaker.rates == [16_000]
        assert abs(len(speaker.played) - 32_000) < 100


async def test_replies_are_played_one_after_the_other_at_their_own_rates() -> None:
    speaker, clock = HeldSpeaker(), FakeClock()
    async with playing(speaker, clock) as (player, ended):
        player.start(*SPEECH)
        player.feed(b"\1\1" * 1600)
        player.start(22_050, 1)  # without an end of the first
        player.feed(b"\2\2" * 2205)
        player.stop()
        player.feed(b"\3\3" * 100)  # belongs to none
        assert player.replies == 2
        await clock.advance(0.3)
        assert ended == [None, None]
        assert speaker.rates == [16_000, 22_050]
        assert speaker.played == b"\1\1" * 1600 + b"\2\2" * 2205
        assert player.replies == 0


async def test_a_reply_that_stalls_is_over_and_the_next_one_plays() -> None:
    speaker, clock = HeldSpeaker(), FakeClock()
    async with playing(speaker, clock) as (player, ended):
        player.start(*SPEECH)
        await clock.advance(MAX_STALLED_S + 0.1)
        assert ended == [None]
        player.stop()  # too late
        player.start(*SPEECH)
        player.feed(b"\1\1" * 160)
        player.stop()
        await clock.advance(0.1)
        assert ended == [None, None]
        assert speaker.played == b"\1\1" * 160


async def test_of_a_reply_that_cannot_be_played_nothing_is_left_over() -> None:
    speaker, clock = HeldSpeaker(), FakeClock()
    speaker.broken = True
    async with playing(speaker, clock) as (player, ended):
        player.start(*SPEECH)
        for _ in range(5):
            player.feed(bytes(640))
        player.stop()
        player.start(*SPEECH)
        player.feed(b"\1\1" * 160)
        await settle()
        assert len(ended) == 1
        assert isinstance(ended[0], DeviceError)
        player.stop()
        await settle()
        assert len(ended) == 2


async def test_a_hub_that_sends_without_end_is_refused() -> None:
    speaker, clock = HeldSpeaker(), FakeClock()
    async with playing(speaker, clock) as (player, _):
        player.start(*SPEECH)
        for _ in range(MAX_QUEUED_BYTES // 64_000):
            player.feed(bytes(64_000))
        with pytest.raises(WireError, match="more sound"):
            player.feed(bytes(64_000))


async def test_a_hub_that_begins_replies_without_end_is_refused() -> None:
    async with playing(HeldSpeaker(), FakeClock()) as (player, _):
        for _ in range(MAX_REPLIES):
            player.start(*SPEECH)
        with pytest.raises(WireError, match="more replies"):
            player.start(*SPEECH)


async def test_a_hub_that_sends_crumbs_without_end_is_refused() -> None:
    async with playing(HeldSpeaker(), FakeClock()) as (player, _):
        player.start(*SPEECH)
        for _ in range(MAX_QUEUED - 1):
            player.feed(bytes(2))
        with pytest.raises(WireError, match="more sound"):
            player.feed(bytes(2))


async def test_half_a_sample_is_refused() -> None:
    async with playing(HeldSpeaker(), FakeClock()) as (player, _):
        player.start(*SPEECH)
        with pytest.raises(WireError, match="part of a sample"):
            player.feed(bytes(641))


async def test_an_interruption_forgets_what_waits_to_be_played_too() -> None:
    speaker, clock = HeldSpeaker(), FakeClock()
    async with playing(speaker, clock) as (player, ended):
        for sample in (b"\1\1", b"\2\2"):
            player.start(*SPEECH)
            player.feed(sample * 16_000)
        player.stop()
        await clock.advance(0.5)
        player.interrupt()
        assert player.replies == 0
        await clock.advance(5)
        assert b"\2\2" not in speaker.played
        assert ended == []


async def test_what_still_comes_of_an_interrupted_reply_is_dropped_and_the_next_may_be_as_long() -> (
    None
):
    speaker, clock = HeldSpeaker(), FakeClock()
    async with playing(speaker, clock) as (player, ended):
        player.start(*SPEECH)
        player.feed(bytes(MAX_QUEUED_BYTES))
        player.interrupt()
        player.feed(bytes(MAX_QUEUED_BYTES))
        player.feed(bytes(MAX_QUEUED_BYTES))
        player.start(*SPEECH)
        player.feed(bytes(MAX_QUEUED_BYTES))
        await settle()
        assert (player.replies, ended) == (1, [])
