"""`whisper`: OpenAI's Whisper through faster-whisper, on a model that was fetched before."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from hub.domain.audio import PcmChunk
from hub.domain.talks.talk import Transcript
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import ProviderSetup, not_installed
from hub.providers.models.models import whisper_folder
from hub.providers.stt.utterance import LOW_LOGPROB, NO_SPEECH, REPETITIVE, collect, transcript

BEAM = 2
MAX_TOKENS = 200
"""About a minute of speech; where the model begins to repeat itself, this ends it."""


class Whisper:
    """Decodes the whole utterance at its end, in a thread of its own; it never downloads."""

    name = "whisper"
    local = True

    def __init__(self, setup: ProviderSetup) -> None:
        self._settings = settings = setup.config.stt.whisper
        self._folder = whisper_folder(setup.config.hub.data, settings.model)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="whisper")
        self._model: Any = None
        self.what = f"Whisper {settings.model}"

    def problem(self) -> str:
        there = (self._folder / "model.bin").is_file()
        return not_installed("faster_whisper") or ("" if there else _no_model(self._settings.model))

    def hears(self, language: str) -> bool:
        name = self._settings.model
        return language == "en" or not (name.endswith(".en") or name.startswith("distil"))

    async def warm_up(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load)

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        pcm = await collect(audio)
        loop = asyncio.get_running_loop()
        yield await loop.run_in_executor(self._thread, self._decode, pcm, language)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._model = None

    def _load(self) -> None:
        if self._model is not None:
            return
        # The tokenizer too must be there: without it faster-whisper would look for one on the network.
        if not all((self._folder / name).is_file() for name in ("model.bin", "tokenizer.json")):
            raise ProviderUnavailableError(f"whisper: {_no_model(self._settings.model)}")
        from faster_whisper import WhisperModel

        try:
            self._model = WhisperModel(
                str(self._folder),
                device=self._settings.device,
                compute_type=self._settings.compute_type,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2 and tokenizers raise types of their own
            why = str(error).partition("\n")[0]
            raise ProviderUnavailableError(
                f"whisper: can't load {self._folder}: {why}; check [stt.whisper] device and "
                f"compute_type, or fetch it again: pommai-hub models remove {self._settings.model}"
            ) from error

    def _decode(self, pcm: bytes, language: str) -> Transcript:
        if not pcm:
            return Transcript("")
        self._load()
        if language not in self._model.supported_languages:
            raise ProviderUnavailableError(
                f"whisper: {self._settings.model} doesn't hear {language!r}; "
                "name a model without .en in [stt.whisper] model"
            )
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
        try:
            segments, _ = self._model.transcribe(
                samples,
                language=language,
                beam_size=BEAM,
                temperature=0.0,  # no second guesses: they cost seconds and invent words
                condition_on_previous_text=False,
                without_timestamps=True,
                vad_filter=False,  # the hub has already cut the utterance out
                max_new_tokens=MAX_TOKENS,
                no_speech_threshold=NO_SPEECH,
                log_prob_threshold=LOW_LOGPROB,
            )
            heard = [segment for segment in segments if segment.compression_ratio <= REPETITIVE]
        except (RuntimeError, ValueError) as error:
            raise ProviderError(f"whisper: can't decode: {error}") from error
        return transcript("".join(s.text for s in heard), [s.avg_logprob for s in heard])


def _no_model(name: str) -> str:
    return f"Whisper {name} isn't on this machine; get it with: pommai-hub models get {name}"
