"""The buffer before the speaker: whatever the network does, sound comes out in order, in time and bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satellite.audio.jitter import (
    DEPTH_STEP_MS,
    MARGIN_S,
    MAX_CONCEALED,
    MAX_DEPTH_MS,
    MAX_WAITING,
    MIN_DEPTH_MS,
    BufferDepth,
    BufferSign,
    JitterBuffer,
    PacketCounts,
)
from satellite.wire.opus import FRAME_MS

FRAME_S = FRAME_MS / 1000


def packet(place: int) -> bytes:
    return place.to_bytes(4, "big")


def buffer() -> tuple[JitterBuffer, PacketCounts]:
    counts = PacketCounts()
    return JitterBuffer(BufferDepth(), counts), counts


def put(held: JitterBuffer, *places: int, now_s: float = 0.0) -> None:
    for place in places:
        held.put(place, packet(place), now_s)


def taken(held: JitterBuffer, ahead_s: float, now_s: float = 0.0) -> list[int | BufferSign]:
    """All that it gives at once; `BufferSign.CONCEAL` gives as much sound as a packet."""
    out: list[int | BufferSign] = []
    while (one := held.take(now_s, ahead_s)) not in (BufferSign.WAIT, BufferSign.END):
        out.append(one if isinstance(one, BufferSign) else int.from_bytes(one, "big"))
        ahead_s += FRAME_S
    return out


def test_a_reply_begins_when_enough_is_in_hand() -> None:
    held, _ = buffer()
    put(held, 0)
    assert taken(held, 0.0) == []
    put(held, 1)
    assert taken(held, 0.0) == [0, 1]


def test_a_short_reply_waits_no_longer_than_that_would_last() -> None:
    held, _ = buffer()
    put(held, 0)
    assert held.wait_s(0.01, 0.0) == pytest.approx(MIN_DEPTH_MS / 1000 - 0.01)
    assert held.take(MIN_DEPTH_MS / 1000, 0.0) == packet(0)


def test_a_complete_reply_ends_at_once() -> None:
    held, counts = buffer()
    put(held, 0)
    held.complete = True
    assert taken(held, 0.0) == [0]
    assert held.take(0.0, 0.0) is BufferSign.END
    assert counts == PacketCounts()


def test_packets_that_overtook_each_other_sound_in_their_order() -> None:
    held, counts = buffer()
    put(held, 1, 0, 3, 2)
    assert taken(held, 0.0) == [0, 1, 2, 3]
    assert counts == PacketCounts()


def test_a_lost_packet_is_waited_for_while_there_is_sound_and_then_concealed() -> None:
    held, counts = buffer()
    put(held, 0, 1, 3)
    assert taken(held, 1.0) == [0, 1]
    assert held.wait_s(0.0, 0.1) == pytest.approx(0.1 - MARGIN_S)
    assert taken(held, 0.0) == [BufferSign.CONCEAL, 3]
    put(held, 2)  # too late
    assert counts == PacketCounts(lost=1, late=1, concealed=1)


def test_of_a_long_gap_only_the_beginning_is_concealed() -> None:
    held, counts = buffer()
    put(held, 0, 1, 30_000)
    held.complete = True
    assert taken(held, 0.0) == [0, 1, *[BufferSign.CONCEAL] * MAX_CONCEALED, 30_000]
    assert counts.lost == 29_998


def test_a_second_time_counts_as_late() -> None:
    held, counts = buffer()
    put(held, 0, 0, 1)
    assert taken(held, 0.0) == [0, 1]
    put(held, 0)
    assert counts == PacketCounts(late=2)


def test_a_dry_speaker_is_concealed_for_a_moment_and_then_waits_for_more_in_hand() -> None:
    held, counts = buffer()
    put(held, 0, 1)
    assert taken(held, 0.0) == [0, 1]
    for _ in range(MAX_CONCEALED):
        assert held.take(1.0, 0.0) is BufferSign.CONCEAL
    assert held.take(1.0, 0.0) is BufferSign.WAIT
    assert held.wait_s(1.0, 0.0) == float("inf")
    put(held, 2, 3, now_s=1.1)
    assert held.take(1.1, 0.0) is BufferSign.WAIT  # now it is 60 ms
    put(held, 4, now_s=1.1)
    assert taken(held, 0.0, now_s=1.1) == [2, 3, 4]
    assert counts == PacketCounts(concealed=MAX_CONCEALED)


def test_what_is_later_than_300_ms_is_dropped_the_oldest_first() -> None:
    held, counts = buffer()
    put(held, *range(50))
    assert taken(held, 0.0) == list(range(50 - MAX_WAITING, 50))
    assert counts == PacketCounts(late=50 - MAX_WAITING)


def test_more_is_kept_in_hand_each_time_it_ran_dry_and_less_after_a_calm_while() -> None:
    depth = BufferDepth()
    for number in range(10):
        depth.ran_dry(number)
    assert depth.ms == MAX_DEPTH_MS
    depth.flows(18.0)
    assert depth.ms == MAX_DEPTH_MS
    for number in range(20):
        depth.flows(20.0 + 11 * number)
    assert depth.ms == MIN_DEPTH_MS
    assert (MAX_DEPTH_MS - MIN_DEPTH_MS) % DEPTH_STEP_MS == 0


class Bear:
    """A speaker on a clock of its own that takes from the buffer as ours does."""

    def __init__(self, held: JitterBuffer) -> None:
        self.held = held
        self.heard_until_s = 0.0
        self.out: list[int | BufferSign] = []
        self.given: dict[int, float] = {}

    def play(self, now_s: float) -> None:
        while self.heard_until_s - now_s < 0.2:
            one = self.held.take(now_s, self.heard_until_s - now_s)
            if one in (BufferSign.WAIT, BufferSign.END):
                return
            self.heard_until_s = max(self.heard_until_s, now_s) + FRAME_S
            self.out.append(one if isinstance(one, BufferSign) else int.from_bytes(one, "big"))
            if isinstance(one, bytes):
                self.given[int.from_bytes(one, "big")] = now_s


@given(
    arrivals=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 80), st.booleans()), min_size=1, max_size=120
    ),
)
def test_any_order_loss_and_delay_give_rising_packets_within_bounds(
    arrivals: list[tuple[int, int, bool]],
) -> None:
    """Each arrival: how many frames of time pass before it, its place, and whether it comes twice."""
    held, counts = buffer()
    bear, frames = Bear(held), 0
    came_s: dict[int, float] = {}
    for wait, place, twice in arrivals:
        for _ in range(wait):
            frames += 1
            bear.play(frames * FRAME_S)
        for _ in range(1 + twice):
            came_s.setdefault(place, frames * FRAME_S)
            held.put(place, packet(place), frames * FRAME_S)
        assert len(held) <= MAX_WAITING
    held.complete = True
    for _ in range(100):
        frames += 1
        bear.play(frames * FRAME_S)
    assert held.take(frames * FRAME_S, 0.0) is BufferSign.END
    packets = [one for one in bear.out if isinstance(one, int)]
    assert packets == sorted(set(packets))
    assert set(packets) <= {place for _, place, _ in arrivals}
    sent = sum(1 + twice for _, _, twice in arrivals)
    assert len(packets) + counts.late == sent, "each came out or is counted"
    assert bear.out.count(BufferSign.CONCEAL) == counts.concealed
    run = longest = 0
    for one in bear.out:
        run = run + 1 if one is BufferSign.CONCEAL else 0
        longest = max(longest, run)
    assert longest <= MAX_CONCEALED
    each = 1 + MAX_CONCEALED  # a packet, and what is missing before it
    most_s = (MAX_WAITING + 2) * each * FRAME_S + 0.2 + MAX_DEPTH_MS / 1000
    assert all(bear.given[place] - came_s[place] <= most_s for place in packets)


def test_a_stream_full_of_gaps_waits_no_longer_than_a_whole_one() -> None:
    held, counts = buffer()
    every_fourth = range(0, 8 * MAX_WAITING, 4)
    put(held, *every_fourth)
    held.complete = True
    out = taken(held, 0.0)
    assert MAX_WAITING - 4 < len(out) <= MAX_WAITING
    assert out[-1] == every_fourth[-1]
    sounded = sum(isinstance(one, int) for one in out)
    assert counts.late == len(every_fourth) - sounded
    assert counts.lost == every_fourth[-1] + 1 - len(every_fourth)
