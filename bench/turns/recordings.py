"""Makes recordings of turns: each sentence by each voice, with pauses where the sentence has them.

Voices are espeak-ng's from its wheel and Flite's where `flite` is installed; sox gives them the pitch of a
child. Half of the sentences and half of the voices are held back from tuning. The same seed makes the same sound.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hub.config import Config
from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk
from hub.domain.toys import Voice as ToyVoice
from hub.providers.base import ProviderSetup
from hub.providers.tts.espeak import Espeak

SENTENCES = Path(__file__).parent / "sentences.txt"
ANSWERS = Path(__file__).parent / "answers.txt"
PAUSE_MS = (200, 1800)
LEAD_MS = 400
TAIL_MS = 3500
"""Silence after the last word: longer than any patience."""
NOISES_DBFS = (-75.0, -60.0, -50.0)
SPEECH_DBFS = -24.0
QUIET_DB = 40.0
"""Below a piece's loudest moment by more than this is its edge, not speech."""
FRAME = SPEECH_RATE_HZ // 100

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Voice:
    """`pitch_cents` and `tempo` are what sox does to it."""

    engine: str
    name: str
    pitch_cents: int = 0
    tempo: float = 1.0
    held: bool = False


VOICES = (
    Voice("flite", "slt"),
    Voice("flite", "slt", 300, 0.95),
    Voice("flite", "kal16"),
    Voice("espeak", "en-us+f2"),
    Voice("flite", "rms", held=True),
    Voice("flite", "rms", 600, 0.95, held=True),
    Voice("flite", "awb", 200, held=True),
    Voice("espeak", "en-gb+f4", 200, 0.9, held=True),
)


@dataclass(frozen=True)
class Job:
    """A recording to make."""

    sentence: tuple[str, ...]
    voice: Voice


@dataclass(frozen=True)
class Recording:
    """One child's turn. `pieces` are the words between pauses, `spans_ms` when each sounds."""

    pieces: tuple[str, ...]
    voice: Voice
    noise_dbfs: float
    pcm: bytes
    spans_ms: tuple[tuple[float, float], ...]

    @property
    def speech_end_ms(self) -> float:
        return self.spans_ms[-1][1]


def missing() -> str:
    """What is not installed, in one line; "" when nothing is."""
    return "" if shutil.which("sox") else "sox is missing: sudo apt install sox flite"


def voices() -> list[Voice]:
    """Those that this machine has."""
    return [one for one in VOICES if one.engine == "espeak" or shutil.which("flite")]


def sentences(file: Path = SENTENCES) -> list[tuple[str, ...]]:
    lines = file.read_text("utf-8").splitlines()
    wanted = [line for line in lines if line.strip() and not line.startswith("#")]
    return [tuple(piece.strip() for piece in line.split("|")) for line in wanted]


def is_held(sentence: Sequence[str]) -> bool:
    """Whether a sentence is held back from tuning: half of them, whoever adds more."""
    return _digest(" ".join(sentence))[0] % 2 == 1


def plan(*, held: bool, voices_a_sentence: int, file: Path = SENTENCES) -> Iterator[Job]:
    """The recordings of one half of the sentences in `file`."""
    chosen = [one for one in voices() if one.held is held]
    for number, sentence in enumerate(s for s in sentences(file) if is_held(s) is held):
        for turn in range(min(voices_a_sentence, len(chosen))):
            yield Job(sentence, chosen[(number + turn) % len(chosen)])


def record(job: Job) -> Recording:
    """The same sound whenever it is called; blocks for some 100 ms."""
    sentence, voice = job.sentence, job.voice
    dice = np.random.default_rng(list(_digest(f"{sentence} {voice}")))
    sound = [_silence(LEAD_MS)]
    spans = []
    at_ms = float(LEAD_MS)
    for number, piece in enumerate(sentence):
        if number:
            pause_ms = float(dice.uniform(*PAUSE_MS))
            sound.append(_silence(pause_ms))
            at_ms += pause_ms
        words = spoken(piece, voice)
        sound.append(words)
        spans.append((at_ms, at_ms + 1000 * len(words) / SPEECH_RATE_HZ))
        at_ms = spans[-1][1]
    whole = np.concatenate([*sound, _silence(TAIL_MS)])
    noise_dbfs = float(dice.choice(NOISES_DBFS))
    whole = whole + pink(len(whole), dice) * np.float32(10 ** (noise_dbfs / 20))
    pcm = (np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes()
    return Recording(sentence, voice, noise_dbfs, pcm, tuple(spans))


def spoken(words: str, voice: Voice) -> Samples:
    """Without silence around it, at SPEECH_DBFS."""
    return _trimmed(_speak(words, voice))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _silence(duration_ms: float) -> Samples:
    return np.zeros(round(duration_ms * SPEECH_RATE_HZ / 1000), np.float32)


def _speak(words: str, voice: Voice) -> Samples:
    with tempfile.TemporaryDirectory(prefix="pommai-voice-") as folder:
        raw = Path(folder) / "raw"
        if voice.engine == "flite":
            _run(["flite", "-voice", voice.name, "-t", words, "-o", str(raw)])
            source = ["-t", "wav", str(raw)]
        else:
            chunks = _espeak(words, voice.name)
            raw.write_bytes(b"".join(chunk.data for chunk in chunks))
            rate = str(chunks[0].rate_hz)
            source = ["-t", "raw", "-r", rate, "-e", "signed", "-b", "16", "-c", "1", str(raw)]
        target = [
            "-t",
            "raw",
            "-r",
            str(SPEECH_RATE_HZ),
            "-e",
            "signed",
            "-b",
            "16",
            "-c",
            "1",
            "-",
        ]
        changes = ["pitch", str(voice.pitch_cents), "tempo", "-s", str(voice.tempo)]
        pcm = _run(["sox", "-V1", "-D", *source, *target, *changes])
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)


def _espeak(words: str, name: str) -> list[PcmChunk]:
    chunks: list[PcmChunk] = []

    def keep(chunk: PcmChunk) -> bool:
        chunks.append(chunk)
        return True

    # Nobody hears it: these words need no guard.
    Espeak(ProviderSetup(Config())).synthesise(words, ToyVoice(name), keep)
    return chunks


def _run(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.decode().strip()}")
    return done.stdout


def _trimmed(sound: Samples) -> Samples:
    """Without its silent edges, at the same loudness for every voice."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    loud = np.flatnonzero(rms > rms.max() * 10 ** (-QUIET_DB / 20))
    kept = sound[loud[0] * FRAME : (loud[-1] + 1) * FRAME]
    level = float(np.sqrt(np.mean(np.square(kept))))
    return np.multiply(kept, 10 ** (SPEECH_DBFS / 20) / level, dtype=np.float32)


def pink(count: int, dice: np.random.Generator) -> Samples:
    """Noise of level 0 dBFS whose power falls with 1/f."""
    spectrum = np.fft.rfft(dice.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise: Samples = np.fft.irfft(spectrum, count).astype(np.float32)
    noise /= np.sqrt(np.mean(np.square(noise)))
    return noise
