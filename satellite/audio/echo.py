"""Echo cancellation: keeps what the speaker plays and takes it out of what the microphone hears.

The two run by clocks of their own, with a sound card's buffers between them. Sound is counted in samples,
not timed, so that the two keep their distance to the sample; how far apart they are is found by comparing how
their loudness goes up and down, again each half second while the toy speaks. What is cleaned is for finding a
voice or a word alone: nobody else gets it.
"""

import math
import operator
from array import array
from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from satellite.audio.microphone import AudioSource
from satellite.audio.pcm import CHUNK_BYTES, CHUNK_MS, RATE_HZ, SAMPLE_BYTES, SILENCE
from satellite.audio.program import Take
from satellite.audio.speaker import AudioSink
from satellite.clock import Clock

LATEST_MS: Final = 500
"""The most that lies between a sound's writing and its coming back."""
EARLY_MS: Final = 100
"""The microphone's chunks may come late by that, and then seem to hear what is yet to be played."""
COMPARED_MS: Final = 2000
EACH_MS: Final = 500
ALIKE: Final = 0.5
"""Least correlation of loudness that shows where the echo is."""
AHEAD_MS: Final = 40
"""How long before its echo a sound is handed to the canceller."""
MIN_AHEAD_MS: Final = 20
MAX_AHEAD_MS: Final = 120
"""How long before its echo a sound is handed over at most; nearly half of what the canceller
looks back on is left for the room."""
TAKEN_DB: Final = 5.0
"""As long as less is taken out, it may be looked for elsewhere: moving costs the canceller what it has learnt."""
LEARNS_S: Final = 3.0
AUDIBLE_DB: Final = 40.0
"""An amplitude of 100."""
RINGS_MS: Final = 400
"""After the last sound there may be something to take out for so long."""
DRIFT_MS: Final = 200
"""By so much the counted samples may be off the clock before they are counted anew."""

_CHUNK: Final = CHUNK_BYTES // SAMPLE_BYTES
_PER_MS: Final = RATE_HZ // 1000


class Canceller(Protocol):
    def clean(self, heard: bytes, played: bytes) -> bytes: ...


class Echo:
    def __init__(self, canceller: Canceller, clock: Clock) -> None:
        self._canceller = canceller
        self._clock = clock
        self._played = _Played()
        self._heard_to = 0
        """The end of the microphone's last chunk, in samples."""
        self._delay = 0
        """Chunks between what is played and what is then taken out."""
        self._distance = _Distance()
        self._taken_db = 0.0
        """How much quieter the toy's own voice became, on the mean of the last seconds."""

    def plays(self, pcm: bytes, rate_hz: int) -> None:
        """That goes to the speaker, behind what went there before."""
        if rate_hz == RATE_HZ:
            self._played.add(pcm, self._now())

    def is_silent(self) -> None:
        """What was not yet heard never will be."""
        self._played.cut(self._now())

    def hears(self) -> None:
        """The microphone gave a chunk."""
        now = self._now()
        self._heard_to += _CHUNK
        if abs(self._heard_to - now) > DRIFT_MS * _PER_MS:
            self._heard_to = now

    def clean(self, chunk: bytes) -> bytes:
        """The microphone's last chunk, without the toy's own voice."""
        end = self._heard_to
        if not self._played.sounded_since(end - (LATEST_MS + RINGS_MS) * _PER_MS):
            self._distance.forget()
            return chunk
        distance = self._distance.of(chunk, self._played.chunk(end + EARLY_MS * _PER_MS))
        if distance is not None and self._taken_db < TAKEN_DB:
            ahead_ms = (distance - self._delay) * CHUNK_MS
            if not MIN_AHEAD_MS <= ahead_ms <= MAX_AHEAD_MS:
                self._delay = distance - AHEAD_MS // CHUNK_MS
        clean = self._canceller.clean(chunk, self._played.chunk(end - self._delay * _CHUNK))
        heard_db = loudness_db(chunk)
        if heard_db > AUDIBLE_DB:
            taken_db = heard_db - loudness_db(clean)
            self._taken_db += (taken_db - self._taken_db) * CHUNK_MS / 1000 / LEARNS_S
        return clean

    @property
    def is_taken_out(self) -> bool:
        """Whether it has shown by now that it can do that here."""
        return self._taken_db >= TAKEN_DB

    def _now(self) -> int:
        return int(self._clock.monotonic() * RATE_HZ)


class EchoingMicrophone:
    """Another microphone, whose chunks are counted by an `Echo`."""

    def __init__(self, microphone: AudioSource, echo: Echo) -> None:
        self._microphone = microphone
        self._echo = echo

    async def hear(self, take: Take) -> None:
        def taken(chunk: bytes) -> None:
            self._echo.hears()
            take(chunk)

        await self._microphone.hear(taken)


class EchoingSpeaker:
    """Another speaker, whose sound is known to an `Echo`."""

    def __init__(self, speaker: AudioSink, echo: Echo) -> None:
        self.rate_hz = speaker.rate_hz
        self._speaker = speaker
        self._echo = echo
        self._playing_hz = RATE_HZ

    async def start(self, rate_hz: int) -> None:
        self._playing_hz = rate_hz
        await self._speaker.start(rate_hz)

    async def write(self, pcm: bytes) -> None:
        self._echo.plays(pcm, self._playing_hz)
        await self._speaker.write(pcm)

    async def finish(self) -> None:
        await self._speaker.finish()

    async def stop(self) -> None:
        self._echo.is_silent()
        await self._speaker.stop()

    async def aclose(self) -> None:
        await self._speaker.aclose()


class _Played:
    """The speaker's sound of the last seconds, and of what it holds to be played, by the sample."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._begin = 0
        """The number of its first sample."""

    @property
    def _end(self) -> int:
        return self._begin + len(self._pcm) // SAMPLE_BYTES

    def add(self, pcm: bytes, now: int) -> None:
        if self._end < now:  # there was silence between
            self._pcm.clear()
            self._begin = now
        self._pcm += pcm
        old = now - (LATEST_MS + RINGS_MS) * _PER_MS - self._begin
        if old > RATE_HZ:
            del self._pcm[: old * SAMPLE_BYTES]
            self._begin += old

    def cut(self, now: int) -> None:
        del self._pcm[max(now - self._begin, 0) * SAMPLE_BYTES :]

    def chunk(self, end: int) -> bytes:
        """The chunk that ends there; silence where nothing was played."""
        at = (end - _CHUNK - self._begin) * SAMPLE_BYTES
        found = bytes(self._pcm[max(at, 0) : max(at + CHUNK_BYTES, 0)])
        before = min(max(-at, 0), CHUNK_BYTES)
        return SILENCE[:before] + found + SILENCE[before + len(found) :]

    def sounded_since(self, sample: int) -> bool:
        return bool(self._pcm) and self._end > sample


class _Distance:
    """How many chunks after its time what is played is heard."""

    def __init__(self) -> None:
        self._furthest = (LATEST_MS + EARLY_MS) // CHUNK_MS
        self._heard: deque[float] = deque(maxlen=COMPARED_MS // CHUNK_MS)
        self._played: deque[float] = deque(maxlen=COMPARED_MS // CHUNK_MS + self._furthest)
        self._next = 0
        self._before = 0
        """What was found last."""
        self.forget()

    def forget(self) -> None:
        """Something else begins to sound."""
        self._heard.clear()
        self._played.clear()
        self._played.extend([loudness_db(SILENCE)] * self._furthest)
        self._next = EACH_MS // CHUNK_MS

    def of(self, heard: bytes, early: bytes) -> int | None:
        """Chunks, if it shows twice in a row. `early` is what is played EARLY_MS after `heard`."""
        self._heard.append(loudness_db(heard))
        self._played.append(loudness_db(early))
        self._next -= 1
        if self._next > 0:
            return None
        self._next = EACH_MS // CHUNK_MS
        heard_now, played = list(self._heard), list(self._played)
        found = [
            _correlation(heard_now, played[len(played) - len(heard_now) - lag : len(played) - lag])
            for lag in range(self._furthest + 1)
        ]
        best = max(range(len(found)), key=found.__getitem__)
        if found[best] < ALIKE:
            return None
        before, self._before = self._before, best
        return best - EARLY_MS // CHUNK_MS if abs(best - before) <= 1 else None


def loudness_db(chunk: bytes) -> float:
    return 10 * math.log10(100 + power(chunk))


def power(chunk: bytes) -> float:
    """The mean square; each fourth sample tells enough of it."""
    some = array("h", chunk)[::4]
    total: int = sum(map(operator.mul, some, some))
    return total / len(some)


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Pearson's; 0 where one of them doesn't change."""
    count = len(one)
    mean_one, mean_other = sum(one) / count, sum(other) / count
    both = sum(map(operator.mul, one, other)) / count - mean_one * mean_other
    spread_one = sum(map(operator.mul, one, one)) / count - mean_one**2
    spread_other = sum(map(operator.mul, other, other)) / count - mean_other**2
    spread = spread_one * spread_other
    return both / math.sqrt(spread) if spread > 1e-6 else 0.0
