"""What the tests of speech providers share: recordings as they come from a toy, and checked words."""

import wave
from collections.abc import AsyncIterator
from pathlib import Path

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText, SafetyPolicy

RECORDINGS = Path(__file__).parents[1] / "data" / "audio"
POLICY = SafetyPolicy(rules_version="test")
TRANSCRIPTS = dict(
    line.split("\t") for line in (RECORDINGS / "transcripts.tsv").read_text("utf-8").splitlines()
)
"""File name to what is said in it."""


def safe(text: str) -> SafeText:
    """Words as if the guard had passed them."""
    return SafeText(text, POLICY)


def read_wav(path: Path) -> bytes:
    with wave.open(str(path)) as recording:
        assert (recording.getframerate(), recording.getnchannels()) == (16_000, 1)
        return bytes(recording.readframes(recording.getnframes()))


async def as_spoken(pcm: bytes, chunk_ms: int = 32) -> AsyncIterator[PcmChunk]:
    """The sound in the pieces that a toy sends, without the waiting."""
    size = 32 * chunk_ms
    for start in range(0, len(pcm), size):
        yield PcmChunk(pcm[start : start + size])
