"""What recognisers share: one utterance as a whole, its samples on their way, and how sure Whisper is."""

import math
from collections.abc import AsyncIterable, AsyncIterator, Sequence

import numpy as np

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.talks.talk import Transcript
from hub.errors import ProviderError

MAX_UTTERANCE_S = 120
"""As much as [turn] max_s can be set to."""
MAX_CHARACTERS = 20_000
"""Two minutes of the fastest speech are some 3000."""
INAUDIBLE_PEAK = 32
"""Loudest sample, of 32768, of what nobody can hear: -60 dB of full scale."""
NO_SPEECH, LOW_LOGPROB, REPETITIVE = 0.6, -1.0, 2.4
"""Whisper's own limits for what it made up: probability of silence, log probability, gzip ratio
(`no_speech_threshold`, `logprob_threshold`, `compression_ratio_threshold` in openai/whisper's transcribe.py)."""


async def collect(audio: AsyncIterable[PcmChunk]) -> bytes:
    """All of `audio` as 16-bit samples at 16 kHz; b"" where there is nothing to hear.

    Recognisers make up words for such sound.
    """
    pcm = bytearray()
    async for data in samples(audio):
        pcm += data
        if len(pcm) > MAX_UTTERANCE_S * SPEECH_RATE_HZ * SAMPLE_BYTES:
            raise ProviderError(f"the utterance is longer than {MAX_UTTERANCE_S} s; end it earlier")
    return b"" if is_silent(pcm) else bytes(pcm)


async def samples(audio: AsyncIterable[PcmChunk]) -> AsyncIterator[bytes]:
    """What is in the chunks of `audio`, without the empty ones. Raises ValueError for another rate."""
    async for chunk in audio:
        if chunk.rate_hz != SPEECH_RATE_HZ:
            raise ValueError(f"a recogniser takes {SPEECH_RATE_HZ} Hz, not {chunk.rate_hz}")
        if chunk.data:
            yield chunk.data


def is_silent(pcm: bytes | bytearray) -> bool:
    """Whether there is nothing to hear."""
    levels = np.frombuffer(pcm, "<i2").astype(np.int32)
    return levels.size == 0 or int(np.abs(levels).max()) < INAUDIBLE_PEAK


def plain(text: str) -> str:
    """`text` with single spaces between its words, and no more than anybody can say."""
    return " ".join(text.split())[:MAX_CHARACTERS]


def transcript(text: str, log_probabilities: Sequence[float]) -> Transcript:
    """The final one, as sure as its tokens or segments are."""
    words = plain(text)
    return Transcript(words, confidence(log_probabilities) if words else None)


def confidence(log_probabilities: Sequence[float]) -> float | None:
    """0 to 1: the mean probability of a token; None where nothing is known of it."""
    if not log_probabilities:
        return None
    return math.exp(min(0.0, sum(log_probabilities) / len(log_probabilities)))
