"""A reply in frames on a clock that the test turns: in time, lost, late, cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from satellite.audio.jitter import MAX_CONCEALED, PacketCounts
from satellite.audio.pcm import CHUNK_BYTES
from satellite.audio.player import LEAD_S, Player
from satellite.errors import DeviceError
from satellite.wire.frame import FRAME_NUMBERS, SPEAKER, AudioFrame
from satellite.wire.opus import FOR_VOICE, FRAME_BYTES, FRAME_SAMPLES, Encoder
from tests.clock import FakeClock, settle
from tests.satellite.sounds import loudness, speech
from tests.satellite.toy import HeldSpeaker

ENCODER = Encoder(FOR_VOICE)
SKIP = ENCODER.lookahead_samples
SPEECH = speech("spoken_story.wav") * 2
FRAMES = [AudioFrame(SPEAKER, n, ENCODER.encode(pcm)) for n, pcm in enumerate(SPEECH)]
SECOND = 50


@dataclass
class Playing:
    player: Player
    speaker: HeldSpeaker
    clock: FakeClock
    counts: PacketCounts
    ended: list[tuple[int, DeviceError | None]] = field(default_factory=list)

    def feed(self, *frames: AudioFrame) -> None:
        for frame in frames:
            self.player.feed_frame(frame)

    async def send_in_pace(self, frames: list[AudioFrame], at_once: int = 15) -> None:
        """As a hub does: the first 300 ms at once, and then as time goes by."""
        self.feed(*frames[:at_once])
        for frame in frames[at_once:]:
            await self.clock.advance(0.02)
            self.feed(frame)


@asynccontextmanager
async def playing() -> AsyncIterator[Playing]:
    speaker, clock = HeldSpeaker(), FakeClock()
    ended: list[tuple[int, DeviceError | None]] = []

    async def reply_ended(heard_samples: int, error: DeviceError | None) -> None:
        ended.append((heard_samples, error))

    counts = PacketCounts()
    player = Player(speaker, clock, reply_ended, counts)
    task = asyncio.create_task(player.run())
    try:
        yield Playing(player, speaker, clock, counts, ended)
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_it_sounds_whole_at_once_and_as_loud() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        await it.clock.advance(0)
        it.feed(*FRAMES[:5])  # what a hub sends first
        await settle()
        assert len(it.speaker.played) >= 4 * FRAME_BYTES, "nothing waits for more"
        await it.send_in_pace(FRAMES[5:])
        it.player.stop()
        await it.clock.advance(1)
        samples = len(FRAMES) * FRAME_SAMPLES - SKIP
        assert it.ended == [(samples, None)]
        assert len(it.speaker.played) == 2 * samples
        said = b"".join(SPEECH)
        assert abs(loudness(it.speaker.played) / loudness(said) - 1) < 0.1
        assert it.counts == PacketCounts()


async def test_lost_and_damaged_packets_are_concealed_and_counted() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        sent = [frame for frame in FRAMES[:100] if frame.number not in (30, 31, 60)]
        sent[80] = AudioFrame(SPEAKER, sent[80].number, b"\xff" * 300)
        await it.send_in_pace(sent)
        it.player.stop()
        await it.clock.advance(2)
        assert it.counts == PacketCounts(lost=4, late=0, concealed=4)
        assert len(it.speaker.played) == 100 * FRAME_BYTES - 2 * SKIP


async def test_a_network_that_stands_still_for_200_ms_is_hardly_heard_and_nothing_is_lost() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        await it.send_in_pace(FRAMES[:100])
        await it.clock.advance(0.2)
        await it.send_in_pace(FRAMES[100:200], at_once=10)
        it.player.stop()
        await it.clock.advance(2)
        assert it.ended == [(200 * FRAME_SAMPLES - SKIP, None)]
        assert (it.counts.lost, it.counts.late) == (0, 0)


async def test_after_a_second_without_network_the_delay_is_no_longer_than_300_ms() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        await it.send_in_pace(FRAMES[:100])
        begun = it.clock.monotonic()
        await it.clock.advance(1.0)
        await it.send_in_pace(FRAMES[100:200], at_once=50)
        it.player.stop()
        while not it.ended:
            await it.clock.advance(0.02)
        in_time_s = 2.0 + 0.3  # two seconds more of sound, and 300 ms were ahead
        delay_s = it.clock.monotonic() - begun - in_time_s
        assert delay_s <= 0.3 + 0.04
        assert it.counts.late > 0
        assert it.counts.concealed <= MAX_CONCEALED
        assert it.ended == [(200 * FRAME_SAMPLES - SKIP, None)], "its place is right again"


async def test_numbers_begin_again_after_65535() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        silent = Encoder(FOR_VOICE).encode(bytes(FRAME_BYTES))
        reply = it.player._frames  # private: so far on without 22 minutes of sound
        assert reply is not None
        reply._buffer.place = FRAME_NUMBERS - 50  # private: as above
        reply._numbers._latest = FRAME_NUMBERS - 51  # private: as above
        await it.send_in_pace(
            [AudioFrame(SPEAKER, n % FRAME_NUMBERS, silent) for n in range(65_486, 65_636)]
        )
        it.player.stop()
        await it.clock.advance(4)
        assert it.counts == PacketCounts()
        assert len(it.speaker.played) == 150 * FRAME_BYTES - 2 * SKIP


async def test_an_interrupted_reply_is_silent_at_once_and_tells_how_much_was_heard() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        await it.send_in_pace(FRAMES[: 2 * SECOND])
        await it.clock.advance(0.1)
        written = len(it.speaker.played)
        heard = it.player.interrupt()
        it.feed(*FRAMES[2 * SECOND :])  # still on its way
        await it.clock.advance(3)
        assert len(it.speaker.played) == written, "not a sample is written after it"
        assert it.speaker.silenced == 1
        sounded_s = (2 * SECOND - 15) / SECOND + 0.1  # since the first was sent
        assert abs(heard / 16_000 - sounded_s) <= 0.03
        assert heard <= written / 2 - 16_000 * (LEAD_S - 0.04)
        assert it.ended == []
        it.player.start_frames(SKIP)  # the next answer
        await it.send_in_pace(FRAMES[:SECOND])
        it.player.stop()
        await it.clock.advance(2)
        assert it.ended == [(SECOND * FRAME_SAMPLES - SKIP, None)]


async def test_interrupted_before_its_first_sound_nothing_was_heard() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        await settle()
        assert it.player.interrupt() == 0


async def test_frames_that_still_come_of_an_interrupted_reply_are_no_late_ones() -> None:
    async with playing() as it:
        it.player.start_frames(SKIP)
        await it.send_in_pace(FRAMES[:20])
        it.player.interrupt()
        it.feed(*FRAMES[20:80])
        await settle()
        assert it.counts == PacketCounts()


async def test_an_hour_of_replies_takes_no_more_memory_than_one() -> None:
    async with playing() as it:
        silent = Encoder(FOR_VOICE).encode(bytes(FRAME_BYTES))
        for _ in range(20):
            it.player.start_frames(SKIP)
            reply = it.player._frames  # private: what it holds is no one else's business
            assert reply is not None
            for number in range(3_000):
                it.player.feed_frame(AudioFrame(SPEAKER, number, silent))
                assert len(reply._buffer) <= 20  # private: as above
            it.player.stop()
            await it.clock.advance(1)
        assert len(it.ended) == 20
        assert it.player.replies == 0
        assert len(it.speaker.played) <= 20 * 25 * CHUNK_BYTES
