"""`sphinx`: PocketSphinx with the English model in its own wheel, so that a hub hears from the first minute."""

import asyncio
import importlib.util
import re
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Self

from hub.config import Config, SphinxSection
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.talk import Transcript
from hub.errors import ProviderUnavailableError
from hub.providers.base import Availability
from hub.providers.sphinx_process import INSTALL, Hypothesis, SphinxProcess
from hub.providers.utterance import collect, is_silent

_FILLER = re.compile(r"<[^>]*>|\[[^\]]*\]|\+\+[^+]*\+\+|\(\d+\)")


class Sphinx:
    """Decodes the whole utterance at its end, in a process of its own.

    The decoder normalises by the mean of the whole utterance (cepstral mean normalisation). Feeding it
    piece by piece makes it guess that mean: 8 instead of 12 of 20 recordings came out word for word.
    So there are no interim transcripts; decoding takes about a fifth of the utterance's length.
    """

    name = "sphinx"
    local = True

    def __init__(self, settings: SphinxSection, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._process: SphinxProcess | None = None
        self._starting = asyncio.Lock()

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.stt.sphinx)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        if importlib.util.find_spec("pocketsphinx") is None:
            return Availability(False, f"PocketSphinx is missing; {INSTALL}")
        folder = config.stt.sphinx.model
        if folder is not None and not folder.is_dir():
            return Availability(False, f"[stt.sphinx] model: {folder} is not a folder")
        return Availability(True, f"PocketSphinx with {folder or 'its own English model'}")

    async def warm_up(self) -> None:
        await self._running()

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        if language != "en" and self._settings.model is None:
            raise ProviderUnavailableError(
                f"sphinx: its own model hears English, not {language!r}; "
                "use whisper, or name another model in [stt.sphinx] model"
            )
        pcm = await collect(audio)
        yield Transcript("") if is_silent(pcm) else await self._hear(pcm)

    async def aclose(self) -> None:
        async with self._starting:
            await self._end()

    async def _running(self) -> SphinxProcess:
        """The process; a new one where there is none, or where the last one died."""
        async with self._starting:
            if self._process is None or not self._process.alive:
                await self._end()
                self._process = await SphinxProcess.start(self._settings.model, self._clock)
            return self._process

    async def _end(self) -> None:
        if self._process is not None:
            await self._process.aclose()
        self._process = None

    async def _hear(self, pcm: bytes) -> Transcript:
        process = await self._running()
        return transcript(await process.decode(pcm))


def transcript(heard: Hypothesis | None) -> Transcript:
    """The words alone, without the decoder's marks."""
    text = " ".join(_FILLER.sub(" ", heard.text).split()) if heard else ""
    if heard is None or not text:
        return Transcript("")
    return Transcript(text, confidence(heard.posterior, len(text.split())))


def confidence(posterior: float, words: int) -> float:
    """0 to 1 from `posterior`, the probability of the whole sentence in the decoder's word lattice.

    The geometric mean over the words, as a long sentence's probability is a product over its words
    (PocketSphinx's `ps_get_prob`; the lattice posterior of Wessel et al., "Confidence measures for
    large vocabulary continuous speech recognition", 2001).
    """
    return float(min(1.0, max(0.0, posterior)) ** (1 / max(1, words)))
