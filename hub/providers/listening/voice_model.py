"""A network that makes numbers of a voice, which lie the nearer to each other the more two voices are alike.

It takes what WeSpeaker's networks take (`wespeaker/cli/speaker.py` there): Kaldi's 80 log-mel bands of 25 ms each
10 ms, without dither, through a Hamming window, of samples as 16-bit numbers; less the mean of each band.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.family.voice_hints import MAX_DIMENSIONS
from hub.errors import ModelError
from hub.providers.listening import load_network

BANDS = 80
HEARS_S = 10
"""The end of what is longer, which bounds the time that it takes."""
PIECE_SAMPLES = SPEECH_RATE_HZ
"""Kaldi's bands hold Python's lock while they are made: some 3 ms for a second."""

Floats = NDArray[np.float32]


class Embeds(Protocol):
    async def embed(self, pcm: bytes) -> Floats:
        """What is made of a voice in `pcm` (16 bits, 16 kHz), of length 1. Raises ModelError."""
        ...


class VoiceModel:
    """The network that lies at `path`, read when it is first needed; in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voice-model")
        self._session: Any = None
        self._work: Future[Floats] | None = None

    async def embed(self, pcm: bytes) -> Floats:
        """Refuses more while it is still at work, so that nothing piles up where it hangs."""
        if self._work is not None and not self._work.done():
            raise ModelError("the voice model is still at work")
        self._work = self._thread.submit(
            self._embed, pcm[-HEARS_S * SPEECH_RATE_HZ * SAMPLE_BYTES :]
        )
        return await asyncio.wrap_future(self._work)

    async def aclose(self) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def _embed(self, pcm: bytes) -> Floats:
        if self._session is None:
            self._session = _load(self._path)
        bands = _bands(np.frombuffer(pcm, "<i2").astype(np.float32))
        try:
            [given, *_] = self._session.run(None, {self._session.get_inputs()[0].name: bands})
        except Exception as error:  # onnxruntime raises types of its own
            raise ModelError(f"the voice model failed: {error}") from error
        voice = np.ravel(np.asarray(given)).astype(np.float32)
        length = float(np.linalg.norm(voice))
        if not 0 < len(voice) <= MAX_DIMENSIONS or not np.isfinite(length) or length == 0:
            raise ModelError("the voice model gave no numbers of use")
        return voice / np.float32(length)


def _bands(samples: Floats) -> Floats:
    """Of shape 1, frames, BANDS. Raises ModelError for what is shorter than one frame."""
    from kaldi_native_fbank import FbankOptions, OnlineFbank

    options = FbankOptions()
    options.frame_opts.samp_freq = SPEECH_RATE_HZ
    options.frame_opts.dither = 0
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = BANDS
    bank = OnlineFbank(options)
    for start in range(0, len(samples), PIECE_SAMPLES):
        bank.accept_waveform(SPEECH_RATE_HZ, samples[start : start + PIECE_SAMPLES])
    bank.input_finished()
    if not bank.num_frames_ready:
        raise ModelError("there is too little to hear a voice in")
    frames = np.stack([bank.get_frame(number) for number in range(bank.num_frames_ready)])
    level: Floats = (frames - frames.mean(axis=0))[np.newaxis]
    return level


def _load(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    if not path.is_file():
        raise ModelError(f"{path} is not there; get it with: pommai-hub models get {path.stem}")
    try:
        session = load_network(path)
        shapes = [tuple(one.shape) for one in session.get_inputs()]
    except Exception as error:  # onnxruntime raises types of its own
        raise ModelError(f"{path}: no model that can be run: {error}") from error
    if len(shapes) != 1 or len(shapes[0]) != 3 or shapes[0][2] != BANDS:
        raise ModelError(f"{path}: takes {shapes}, not {BANDS} bands: it is no WeSpeaker network")
    return session
