"""Gathers one utterance for recognisers that hear a sentence as a whole."""

from collections.abc import AsyncIterable

import numpy as np

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.errors import ProviderError

MAX_UTTERANCE_S = 120
"""As much as [turn] max_s can be set to."""


INAUDIBLE_PEAK = 32
"""Loudest sample, of 32768, of what nobody can hear: -60 dB of full scale."""


def is_silent(pcm: bytes) -> bool:
    """Whether there is nothing to hear: recognisers make up words for such sound."""
    samples = np.frombuffer(pcm, "<i2").astype(np.int32)
    return samples.size == 0 or int(np.abs(samples).max()) < INAUDIBLE_PEAK


async def collect(audio: AsyncIterable[PcmChunk]) -> bytes:
    """All of `audio` as 16-bit samples at 16 kHz."""
    pcm = bytearray()
    async for chunk in audio:
        if chunk.rate_hz != SPEECH_RATE_HZ:
            raise ValueError(f"a recogniser takes {SPEECH_RATE_HZ} Hz, not {chunk.rate_hz}")
        pcm += chunk.data
        if len(pcm) > MAX_UTTERANCE_S * SPEECH_RATE_HZ * SAMPLE_BYTES:
            raise ProviderError(f"the utterance is longer than {MAX_UTTERANCE_S} s; end it earlier")
    return bytes(pcm)
