"""The microphone's frames as the hub takes them, on a clock that the test turns, and the speaker's as it makes them."""

import random

import pytest

from hub.devices.audio.microphone import LATE_S, MAX_CONCEALED, NEW_PACE_S, MicrophoneDecoder
from hub.devices.audio.speaker import SpeakerEncoder
from hub.domain.audio import PcmChunk
from satellite.wire.frame import FRAME_NUMBERS, MICROPHONE, AudioFrame
from satellite.wire.opus import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, LOW_DELAY, Decoder, Encoder
from tests.clock import FakeClock

ENCODER = Encoder(LOW_DELAY)
FRAME_S = FRAME_MS / 1000


def frame(place: int, packet: bytes = ENCODER.encode(bytes(FRAME_BYTES))) -> AudioFrame:
    return AudioFrame(MICROPHONE, place % FRAME_NUMBERS, packet)


class Ear:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.frames = MicrophoneDecoder(self.clock)
        self.heard: list[PcmChunk] = []

    async def hear(self, *places: int, every_s: float = FRAME_S) -> None:
        for place in places:
            self.heard += self.frames.take(frame(place))
            await self.clock.advance(every_s)

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.frames.lost, self.frames.late, self.frames.concealed


async def test_a_stream_comes_out_whole_its_pre_roll_too() -> None:
    ear = Ear()
    await ear.hear(*range(50), every_s=0)
    await ear.hear(*range(50, 200))
    assert len(ear.heard) == 200
    assert {chunk.samples for chunk in ear.heard} == {FRAME_SAMPLES}
    assert ear.counts == (0, 0, 0)


async def test_what_is_lost_is_concealed_so_that_time_stays_time() -> None:
    ear = Ear()
    await ear.hear(*range(10), *range(13, 20))
    assert len(ear.heard) == 20
    assert ear.counts == (3, 0, 3)


async def test_of_a_long_gap_300_ms_are_concealed() -> None:
    ear = Ear()
    await ear.hear(0, 1, 20_000)
    assert len(ear.heard) == 3 + MAX_CONCEALED
    assert ear.frames.lost == 19_998


async def test_twice_or_out_of_order_is_not_heard_twice() -> None:
    ear = Ear()
    await ear.hear(0, 1, 1, 0, 3, 2, 4)
    assert len(ear.heard) == 5
    assert ear.counts == (1, 3, 1)


async def test_a_damaged_packet_is_concealed() -> None:
    ear = Ear()
    await ear.hear(0)
    ear.heard += ear.frames.take(frame(1, b"\xff" * 100))
    await ear.hear(2)
    assert len(ear.heard) == 3
    assert ear.counts == (1, 0, 1)


async def test_numbers_begin_again_after_65535() -> None:
    ear = Ear()
    await ear.hear(0, 30_000, 60_000, FRAME_NUMBERS - 3)
    heard, counts = len(ear.heard), ear.counts
    await ear.hear(*range(FRAME_NUMBERS - 2, FRAME_NUMBERS + 10))
    assert len(ear.heard) == heard + 12
    assert ear.counts == counts


async def test_after_a_second_without_network_what_is_later_than_300_ms_is_dropped() -> None:
    ear = Ear()
    await ear.hear(*range(50))
    await ear.clock.advance(1.0)
    await ear.hear(*range(50, 100), every_s=0)
    await ear.hear(*range(100, 150))
    late = (1.0 - LATE_S) / FRAME_S
    assert ear.frames.late == pytest.approx(late, abs=1)
    assert ear.frames.concealed == MAX_CONCEALED
    assert len(ear.heard) == 150 - ear.frames.late + MAX_CONCEALED


async def test_a_stream_that_stays_late_is_heard_again_after_a_second() -> None:
    ear = Ear()
    await ear.hear(*range(50))
    await ear.clock.advance(1.0)
    await ear.hear(*range(50, 250))
    assert ear.frames.late == pytest.approx(NEW_PACE_S / FRAME_S, abs=1)


async def test_whatever_comes_the_sound_is_bounded_and_a_decoder_never_breaks() -> None:
    ear, dice = Ear(), random.Random(5)
    for _ in range(2_000):
        packet = dice.randbytes(dice.choice((0, 1, 3, 60, 400)))
        number = dice.choice((0, 1, 5, 300, 65_535, dice.randrange(FRAME_NUMBERS)))
        chunks = list(ear.frames.take(AudioFrame(MICROPHONE, number, packet)))
        assert len(chunks) <= 1 + MAX_CONCEALED
        assert all(chunk.samples == FRAME_SAMPLES for chunk in chunks)


@pytest.mark.parametrize("pieces", [[3200] * 5, [2, 638, 640, 1000, 4000], [100]])
def test_an_answer_in_any_pieces_comes_out_with_its_whole_length(pieces: list[int]) -> None:
    out, decoder = SpeakerEncoder(), Decoder()
    frames = [one for size in pieces for one in out.push(b"\1\1" * (size // 2))] + out.flush()
    assert [one.number for one in frames] == list(range(len(frames)))
    decoded = b"".join(decoder.decode(one.packet) for one in frames)[2 * out.skip_samples :]
    assert sum(pieces) <= len(decoded) < sum(pieces) + 2 * FRAME_BYTES
