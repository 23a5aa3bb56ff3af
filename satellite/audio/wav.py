"""WAV files: any of them as speech for the microphone, and one that grows while the toy speaks, as a speaker."""

import asyncio
import contextlib
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from satellite.audio.pcm import RATE_HZ, SAMPLE_BYTES
from satellite.audio.speaker import NoSpeaker
from satellite.errors import DeviceError, SetupError

MAX_WAV_BYTES: Final = 100_000_000


def read_speech(path: Path) -> bytes:
    """The file's sound as 16 kHz 16-bit mono PCM, resampled if need be. Raises SetupError."""
    try:
        if path.stat().st_size > MAX_WAV_BYTES:
            raise SetupError(f"{path}: more than {MAX_WAV_BYTES // 10**6} MB; cut it into pieces")
        with wave.open(str(path), "rb") as file:
            channels, width, rate_hz, count, *_ = file.getparams()
            frames = file.readframes(count)
    except OSError as error:
        raise SetupError(f"{path}: can't read it: {error.strerror}") from error
    except (wave.Error, EOFError, RuntimeError) as error:  # the last: a chunk past the file's end
        raise SetupError(
            f"{path}: not a WAV file of PCM sound ({str(error) or 'it is cut short'}); "
            f"convert it: {_sox(path)}"
        ) from error
    frames = frames[: len(frames) - len(frames) % (width * channels)]
    if (rate_hz, width, channels) == (RATE_HZ, SAMPLE_BYTES, 1):
        return frames
    return _resampled(path, frames, rate_hz, width, channels)


def _resampled(path: Path, frames: bytes, rate_hz: int, width: int, channels: int) -> bytes:
    try:
        import numpy as np
        import soxr
    except ImportError as error:
        raise SetupError(
            f"{path}: {rate_hz} Hz, {8 * width} bit, {channels} channel(s), and without numpy and "
            f"soxr only 16000 Hz, 16 bit, mono can be played; convert it: {_sox(path)}"
        ) from error
    if rate_hz <= 0:
        raise SetupError(f"{path}: its sample rate is {rate_hz} Hz")
    # Each sample to the top of 32 bits, little-endian; 8-bit samples are the unsigned ones.
    samples = np.frombuffer(frames, np.uint8).reshape(-1, width)
    if width == 1:
        samples = samples ^ np.uint8(0x80)
    wide = np.zeros((len(samples), 4), np.uint8)
    wide[:, 4 - width :] = samples
    loudness = wide.view("<i4").reshape(-1, channels).mean(axis=1) / 2**31
    speech = soxr.resample(loudness, rate_hz, RATE_HZ)
    pcm: bytes = (np.clip(speech, -1, 1) * 32767).astype("<i2").tobytes()
    return pcm


def _sox(path: Path) -> str:
    return f"sox {path.name} -r 16000 -c 1 -b 16 -e signed {path.stem}-16k.wav"


class GrowingWav:
    """A 16 kHz mono WAV file that is whole after every `append`, whatever happens next."""

    def __init__(self, path: Path) -> None:
        """Raises SetupError."""
        try:
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise SetupError(f"{path}: can't write it: {error.strerror}") from error
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115  # closed by close()
        self._wave.setnchannels(1)
        self._wave.setsampwidth(SAMPLE_BYTES)
        self._wave.setframerate(RATE_HZ)
        self.append(b"")

    def append(self, pcm: bytes) -> None:
        """Raises OSError. `writeframes` also mends the sizes in the header."""
        self._wave.writeframes(pcm)

    def close(self) -> None:
        with contextlib.closing(self._file):
            self._wave.close()


class WavSpeaker(NoSpeaker):
    """Records what is played, one utterance after the other."""

    rate_hz: int | None = RATE_HZ

    def __init__(self, path: Path) -> None:
        """Raises SetupError."""
        self._file = GrowingWav(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wav-speaker")

    async def write(self, pcm: bytes) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._file.append, pcm)
        except OSError as error:
            raise DeviceError(f"can't record what is played: {error.strerror}") from error

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._file.close)
        self._thread.shutdown(wait=False)
