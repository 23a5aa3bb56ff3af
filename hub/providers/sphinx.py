"""`sphinx`: PocketSphinx with the English model in its own wheel, so that a hub hears from the first minute."""

import asyncio
import importlib.util
import re
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from hub.config import Config, SphinxSection
from hub.domain.audio import PcmChunk
from hub.domain.talk import Transcript
from hub.errors import ProviderUnavailableError
from hub.providers.base import Availability
from hub.providers.utterance import collect, is_silent

_FILLER = re.compile(r"<[^>]*>|\[[^\]]*\]|\+\+[^+]*\+\+|\(\d+\)")
_INSTALL = "install it with: pip install 'pommai[sphinx]'"


class Sphinx:
    """Decodes the whole utterance at its end, in a thread of its own.

    The decoder normalises by the mean of the whole utterance (cepstral mean normalisation). Feeding it
    piece by piece makes it guess that mean: 8 instead of 12 of 20 recordings came out word for word.
    So there are no interim transcripts; decoding takes about a tenth of the utterance's length.
    """

    name = "sphinx"
    local = True

    def __init__(self, settings: SphinxSection) -> None:
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sphinx")
        self._decoder: Any = None

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.stt.sphinx)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        if importlib.util.find_spec("pocketsphinx") is None:
            return Availability(False, f"PocketSphinx is missing; {_INSTALL}")
        folder = config.stt.sphinx.model
        if folder is not None and not folder.is_dir():
            return Availability(False, f"[stt.sphinx] model: {folder} is not a folder")
        return Availability(True, f"PocketSphinx with {folder or 'its own English model'}")

    async def warm_up(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load)

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        if language != "en" and self._settings.model is None:
            raise ProviderUnavailableError(
                f"sphinx: its own model hears English, not {language!r}; "
                "use whisper, or name another model in [stt.sphinx] model"
            )
        pcm = await collect(audio)
        yield await asyncio.get_running_loop().run_in_executor(self._thread, self._decode, pcm)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._decoder = None

    def _load(self) -> None:
        if self._decoder is not None:
            return
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise ProviderUnavailableError(f"sphinx: {error}; {_INSTALL}") from error
        options: dict[str, str] = {"loglevel": "FATAL"}
        if self._settings.model is not None:
            options |= _model_in(self._settings.model)
        try:
            self._decoder = Decoder(**options)
        except RuntimeError as error:
            raise ProviderUnavailableError(
                f"sphinx: can't load the model in {self._settings.model or 'the wheel'}: {error}"
            ) from error

    def _decode(self, pcm: bytes) -> Transcript:
        if is_silent(pcm):
            return Transcript("")
        self._load()
        decoder = self._decoder
        decoder.reinit_feat()  # else the last speaker's mean would colour this utterance
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        text = " ".join(_FILLER.sub(" ", hypothesis.hypstr).split()) if hypothesis else ""
        if not text:
            return Transcript("")
        return Transcript(text, confidence(hypothesis.prob, len(text.split())))


def confidence(posterior: float, words: int) -> float:
    """0 to 1 from `posterior`, the probability of the whole sentence in the decoder's word lattice.

    The geometric mean over the words, as a long sentence's probability is a product over its words
    (PocketSphinx's `ps_get_prob`; the lattice posterior of Wessel et al., "Confidence measures for
    large vocabulary continuous speech recognition", 2001).
    """
    return float(min(1.0, max(0.0, posterior)) ** (1 / max(1, words)))


def _model_in(folder: Path) -> dict[str, str]:
    """Decoder options for a folder laid out like the wheel's `model/en-us`."""
    acoustic = next(iter(sorted(folder.glob("**/mdef"))), None)
    dictionary = next(iter(sorted(folder.glob("*.dict"))), None)
    grammar = next((p for p in sorted(folder.glob("*.lm*")) if "phone" not in p.name), None)
    if acoustic is None or dictionary is None or grammar is None:
        raise ProviderUnavailableError(
            f"sphinx: {folder} needs an acoustic model (a folder with mdef), a .dict and a .lm.bin file"
        )
    return {"hmm": str(acoustic.parent), "dict": str(dictionary), "lm": str(grammar)}
