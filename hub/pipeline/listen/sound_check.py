"""Listens to how a turn's microphone sounds, not to what it says: nothing of the sound is kept.

Put `Measured` between the microphone and who listens; when it was heard out, `check` says how it was.
"""

from collections.abc import AsyncIterable
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.talks.trace import SoundCheck

FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SPEECH_RATE_HZ * FRAME_MS // 1000
BLOCK_BYTES: Final = 16 * FRAME_SAMPLES * SAMPLE_BYTES
"""Measured at once, every 320 ms: a call for each chunk would cost more than it measures."""
LOWEST_DBFS: Final = -96
FULL_SCALE: Final = 32_767
LOUDEST_FRAMES: Final = 500 // FRAME_MS
LATE_S: Final = 0.1


class Measured:
    """The same chunks (16 kHz), measured as they pass; it holds a third of a second of them at most."""

    def __init__(self, audio: AsyncIterable[PcmChunk], clock: Clock) -> None:
        self._chunks = aiter(audio)
        self._clock = clock
        self._block = bytearray()
        self._frames_at: NDArray[np.int64] = np.zeros(1 - LOWEST_DBFS, np.int64)
        """How many frames were of -96, -95 … 0 dBFS."""
        self._samples = 0
        self._clipped = 0
        self._began_at: float | None = None
        self._on_time_s = 0.0
        """How far behind its sound the wall clock ran when that came soonest."""
        self._late_s = 0.0
        self._gaps = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> PcmChunk:
        chunk = await anext(self._chunks)
        self._note_arrival(chunk)
        self._block += chunk.data
        if len(self._block) >= BLOCK_BYTES:
            self._measure_block()
        return chunk

    def check(self) -> SoundCheck | None:
        """How it sounded so far; None where there was next to nothing."""
        self._measure_block()
        frames = int(self._frames_at.sum())
        if frames == 0:
            return None
        return SoundCheck(
            duration_ms=1000 * self._samples / SPEECH_RATE_HZ,
            level_dbfs=self._level_above(1 - min(LOUDEST_FRAMES, frames) / 2 / frames),
            noise_dbfs=self._level_above(0.1),
            clipped_ratio=round(self._clipped / self._samples, 6),
            gaps=self._gaps,
            missing_ms=round(1000 * self._late_s) if self._late_s > LATE_S else 0.0,
        )

    def _note_arrival(self, chunk: PcmChunk) -> None:
        """Sound that comes as fast as it is spoken is on time; what comes faster was waited for."""
        now = self._clock.monotonic()
        if self._began_at is None:
            self._began_at = now - chunk.duration_ms / 1000
        self._samples += chunk.samples
        behind_s = now - self._began_at - self._samples / SPEECH_RATE_HZ
        self._on_time_s = min(self._on_time_s, behind_s)
        late_s = behind_s - self._on_time_s
        if late_s - self._late_s > LATE_S:
            self._gaps += 1
        self._late_s = late_s

    def _measure_block(self) -> None:
        """Whole frames are measured; the rest waits for more."""
        frames = len(self._block) // (FRAME_SAMPLES * SAMPLE_BYTES)
        whole = frames * FRAME_SAMPLES * SAMPLE_BYTES
        if not frames:
            return
        samples = np.frombuffer(bytes(self._block[:whole]), "<i2").astype(np.float32)
        del self._block[:whole]
        self._clipped += int(np.count_nonzero(np.abs(samples) >= FULL_SCALE))
        rms = np.sqrt(np.mean(np.square(samples.reshape(frames, FRAME_SAMPLES)), axis=1))
        dbfs = 20 * np.log10(np.maximum(rms, 1e-9) / (FULL_SCALE + 1))
        bins = np.clip(np.rint(dbfs).astype(int), LOWEST_DBFS, 0) - LOWEST_DBFS
        self._frames_at += np.bincount(bins, minlength=len(self._frames_at))

    def _level_above(self, share: float) -> float:
        """The level that this share of all frames stays below, in whole dBFS."""
        upto = np.cumsum(self._frames_at)
        return float(np.searchsorted(upto, share * upto[-1], side="right") + LOWEST_DBFS)
