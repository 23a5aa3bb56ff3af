"""PocketSphinx at work: its process, the forks that hear, and an utterance that keeps one busy."""

import asyncio

import psutil

from hub.providers.stt.sphinx import Sphinx
from tests.providers.speech import RECORDINGS, as_spoken, read_wav

PATIENCE_S = 30
MOON = read_wav(RECORDINGS / "spoken_moon.wav")
ENDLESS = MOON * 40
"""Takes far longer to decode than MOON."""


async def hear(sphinx: Sphinx, pcm: bytes) -> str:
    (transcript,) = [t async for t in sphinx.transcribe(as_spoken(pcm), language="en")]
    return transcript.text


def process_of(sphinx: Sphinx) -> psutil.Process:
    assert sphinx.pid is not None
    return psutil.Process(sphinx.pid)


async def fork_of(process: psutil.Process) -> psutil.Process:
    """The fork that hears an utterance, once it is at work."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for fork in process.children():
                if fork.cpu_times().user > 0.1:
                    return fork
            await asyncio.sleep(0.01)
