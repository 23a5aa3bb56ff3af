"""The sound of reviewed sentences, kept for the next time: at once there, also while a cloud voice is away.

It stands in memory and in a folder, both of a bounded size; what was used longest ago goes first. A
sound is found again only for the same words in the same voice under the same policy.
"""

import asyncio
import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice

log = structlog.get_logger()

MAX_MEMORY_BYTES = 4_000_000
"""Two minutes of speech: some forty sentences."""
MAX_FOLDER_BYTES = 64_000_000
MAX_SOUND_BYTES = 30 * SAMPLE_BYTES * SPEECH_RATE_HZ
"""A longer sound is not kept: no reviewed sentence takes half a minute."""
CHECKSUM_BYTES = hashlib.sha256().digest_size

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SoundKey:
    """Whose voice, how, and what it says."""

    provider: str
    voice: Voice
    language: str
    text: SafeText

    def name(self, settings: str) -> str:
        """The same for the same sound; `settings` are the household's own for its voices."""
        policy = self.text.policy
        what = {
            "provider": self.provider,
            "voice": asdict(self.voice),
            "language": self.language,
            "text": self.text.text,
            "level": policy.level,
            "topics": sorted(policy.blocked_topics),
            "rules": policy.rules_version,
            "tightened": sorted(policy.tightened),
            "settings": settings,
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


class SoundCache:
    """Sound is mono 16-bit at 16 kHz. Without a `folder` it is kept in memory alone.

    What can't be read or written is as if it were not kept: the voice is asked again.
    """

    def __init__(self, folder: Path | None = None, settings: str = "") -> None:
        """`settings`: whatever else, beside a toy's own choice, makes a voice sound as it does."""
        self._folder = folder
        self._settings = settings
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._memory_bytes = 0
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="kept-sounds")

    def name(self, key: SoundKey) -> str:
        """The same for the same sound."""
        return key.name(self._settings)

    async def get(self, key: SoundKey, policy: SafetyPolicy) -> bytes | None:
        """Raises UnsafeSpeechError for words that did not pass `policy`."""
        key.text.words_for(policy)
        name = key.name(self._settings)
        if sound := self._memory.get(name):
            self._memory.move_to_end(name)
            return sound
        sound = await self._run(lambda folder: _read(folder / name))
        if sound is not None:
            self._remember(name, sound)
        return sound

    async def keep(self, key: SoundKey, sound: bytes) -> None:
        """`sound` is whole: all that the voice made of the words."""
        if not key.text.reviewed or not 0 < len(sound) <= MAX_SOUND_BYTES:
            return
        name = key.name(self._settings)
        self._remember(name, sound)
        await self._run(lambda folder: _write(folder, name, sound))

    async def aclose(self) -> None:
        await asyncio.to_thread(self._disk.shutdown)

    def _remember(self, name: str, sound: bytes) -> None:
        self._memory_bytes += len(sound) - len(self._memory.pop(name, b""))
        self._memory[name] = sound
        while self._memory_bytes > MAX_MEMORY_BYTES:
            self._memory_bytes -= len(self._memory.popitem(last=False)[1])

    async def _run(self, work: Callable[[Path], T]) -> T | None:
        """What `work` gives, done on the disk's thread; None where that failed."""
        folder = self._folder
        if folder is None:
            return None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, work, folder)
        except OSError as error:
            log.warning("kept sounds can't be used", folder=str(folder), error=str(error))
            return None


def _read(path: Path) -> bytes | None:
    """A sound whose checksum holds; its file counts as used now."""
    try:
        with path.open("rb") as file:
            kept = file.read(CHECKSUM_BYTES + MAX_SOUND_BYTES + 1)
    except FileNotFoundError:
        return None
    checksum, sound = kept[:CHECKSUM_BYTES], kept[CHECKSUM_BYTES:]
    if hashlib.sha256(sound).digest() != checksum or not sound:
        path.unlink()
        return None
    os.utime(path)
    return sound


def _write(folder: Path, name: str, sound: bytes) -> None:
    """The sound behind its checksum, whole or not at all; then what is too much goes."""
    folder.mkdir(mode=0o700, exist_ok=True)
    half = folder / "half-written"
    half.write_bytes(hashlib.sha256(sound).digest() + sound)
    half.replace(folder / name)
    files = sorted(((path.stat(), path) for path in folder.iterdir()), key=_last_used, reverse=True)
    room = MAX_FOLDER_BYTES
    for found, path in files:
        room -= found.st_size
        if room < 0:
            path.unlink()


def _last_used(file: tuple[os.stat_result, Path]) -> float:
    return file[0].st_mtime
