"""How long a household with two years of talks takes from one computer to another, until its toy talks there again.

A family of 200,000 turns with a real toy (`pommai-satellite`), paired, is kept in a backup while its hub runs; some
turns are erased after it; then it is restored into a new data folder, and a hub starts there. It is over when the toy
is connected, without new pairing, and a first turn is answered. A flipped byte must be refused, and a disk that is
full while a backup is made must change nothing. See docs/backup.md.
"""

import asyncio
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from bench.hostile.real_toy import RealToy
from bench.household import years
from bench.peers.peer import HOST
from hub.app import App
from hub.cli.client import running_hub
from hub.config import Config
from hub.core.talks.removals import Removals
from hub.domain.clock import SystemClock
from hub.domain.talks.kept import RemovalScope
from hub.domain.toys import SatelliteState
from hub.errors import RefusedError
from hub.storage.backup import key_of
from hub.storage.restore import restore

TURNS = 200_000
ERASED = 20
"""Talks, after the backup."""
MAX_S = 300.0
TOY = "paired toy"
LOOK_S = 0.1
FRAME_S, FRAME_BYTES = 0.02, 640
"""Of its microphone: 16 kHz, 16 bits."""
SMALL_DISK_BYTES = 1_000_000

T = TypeVar("T")


async def run(console: Console, times: int = TURNS) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="pommai-restore-") as scratch:
        here, there, stick = (Path(scratch) / name for name in ("here", "there", "stick"))
        for folder in (here, stick, Path(scratch) / "toy"):
            folder.mkdir()
        with console.status(f"making {times} turns"):
            await years.make(here, times)
        toy = RealToy(TOY, Path(scratch) / "toy", [], None)
        quiet = asyncio.create_task(_quiet(toy))
        try:
            figures = await _move(toy, here, there, stick)
        finally:
            quiet.cancel()
            toy.close()
        figures["held"] = figures["seconds"] < MAX_S
    for name, value in figures.items():
        console.print(f"{name.replace('_', ' ')}: {value}")
    return {"turns": times, **figures}


async def _quiet(toy: RealToy) -> None:
    """What its microphone hears: one that gives nothing at all is broken, which the hub would see."""
    while True:
        toy.send(bytes(FRAME_BYTES))
        await asyncio.sleep(FRAME_S)


async def _move(toy: RealToy, here: Path, there: Path, stick: Path) -> dict[str, float]:
    clock = SystemClock()
    async with _serving(here) as app:
        await toy.listens()
        async with running_hub(here) as hub:
            assert hub, "it runs"
            await toy.is_taken(hub, (await app.hub.toys.list())[0].name, paired=True)
        await _until(lambda: _talks(app))
        backups = app.hub.backups
        await backups.choose(str(stick))
        await backups.ask()
        _, made_s = await _timed(_until(lambda: not backups.busy))
        removals = app.hub.removals
        for talk in await app.hub.kept_talks.list(ERASED):
            removal = await removals.ask(RemovalScope.TALK, talk.id)
            await Removals.erase(removals, removal)
        _, listed_s = await _timed(backups.look())
    [backup] = stick.glob("*.age")
    await asyncio.to_thread(_refuse_a_flipped_byte, backup, key_of(here), there)
    await asyncio.to_thread(_survive_a_full_disk, here, stick)
    (done, _), restored_s = await _timed(
        asyncio.to_thread(restore, backup, key_of(here), there, clock.now(), replace=False)
    )
    assert done.has_list, "the list lies beside it"
    began = time.monotonic()
    async with _serving(there) as app:
        await _until(lambda: _talks(app))
        async with running_hub(there) as hub:
            assert hub, "it runs"
            name = (await app.hub.toys.list())[0].name
            await hub.call("POST", f"/toys/{name}/say", text="tell me a story")
        talking_s = time.monotonic() - began
    return {
        "backup_s": round(made_s, 1),
        "backup_mb": round(backup.stat().st_size / 1e6, 1),
        "list_s": round(listed_s, 2),
        "erased_turns": done.erased_turns,
        "restore_s": round(restored_s, 1),
        "until_it_talks_s": round(talking_s, 1),
        "seconds": round(restored_s + talking_s, 1),
    }


@asynccontextmanager
async def _serving(data: Path) -> AsyncIterator[App]:
    config = Config.model_validate(
        {
            "hub": {"data": data, "interfaces": [HOST]},
            "guardian": {"port": 0},
        }
    )
    async with App(config, {}) as app:
        ready = asyncio.Event()
        serving = asyncio.create_task(app.serve(lambda _: ready.set(), lambda _: None))
        await ready.wait()
        try:
            yield app
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


def _talks(app: App) -> bool:
    return any(
        one.name == TOY and one.adopted and one.state is SatelliteState.ONLINE
        for one in app.hub.devices.list()
    )


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(MAX_S):
        while not holds():
            await asyncio.sleep(LOOK_S)


async def _timed(work: Awaitable[T]) -> tuple[T, float]:
    began = time.monotonic()
    return await work, time.monotonic() - began


def _refuse_a_flipped_byte(backup: Path, key: str, there: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    flipped = backup.with_name("flipped.age")
    flipped.write_bytes(content)
    try:
        restore(flipped, key, there, SystemClock().now(), replace=False)
    except RefusedError:
        flipped.unlink()
        return
    raise AssertionError("a flipped byte was not refused")


def _survive_a_full_disk(here: Path, stick: Path) -> None:
    """No file may grow beyond a megabyte: the kernel refuses what is written after it."""
    before = _hashes(here), _hashes(stick)
    command = ["prlimit", f"--fsize={SMALL_DISK_BYTES}", sys.executable, "-m", "hub", "backup"]
    done = subprocess.run(
        [*command, stick, "--data", here], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert (_hashes(here), _hashes(stick)) == before, done.stderr


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
