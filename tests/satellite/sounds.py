"""Recorded sound for a satellite: in chunks, in frames, and through a microphone."""

import asyncio
import math
import wave
from array import array
from pathlib import Path

from satellite.audio.pcm import CHUNK_BYTES, SILENCE
from satellite.audio.wav import read_speech
from satellite.wake.turn_start import Waker
from satellite.wire.opus import FRAME_BYTES
from tests.recordings import ours
from tests.satellite.toy import GivenMicrophone

AUDIO = Path(__file__).parents[1] / "data" / "audio"
WORD = "spoken_okay_nabu.wav"


def chunks_of(name: str) -> list[bytes]:
    pcm = read_speech(AUDIO / name)
    whole = len(pcm) - len(pcm) % CHUNK_BYTES
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, whole, CHUNK_BYTES)]


def heard_by(waker: Waker, chunks: list[bytes]) -> tuple[int, list[bytes]]:
    """When the waker wakes (in chunks), and the sound it begins with."""
    for at, chunk in enumerate(chunks):
        if begin := waker.hear(chunk):
            return at, begin
    return len(chunks), []


class ScriptedMicrophone(GivenMicrophone):
    """Gives silence, and what it is told to give in between."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    async def read(self) -> bytes:
        await asyncio.sleep(0)
        return self._chunks.pop(0) if self._chunks else SILENCE

    async def give(self, name: str) -> None:
        """Returns when all of it was heard, and a second of silence."""
        self._chunks += [*chunks_of(name), *[SILENCE] * 50]
        while self._chunks:
            await asyncio.sleep(0)


def speech(name: str = "child_cow.wav") -> list[bytes]:
    with wave.open(str(ours(name))) as file:
        pcm = file.readframes(file.getnframes())
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES, FRAME_BYTES)]


def loudness(pcm: bytes) -> float:
    samples = array("h", pcm)
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))
