"""`pommai-satellite` as a program, with a pipe for its microphone and one for its speaker: a line for the load."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path

import psutil

from bench.peers.peer import HOST
from hub.cli.client import HubClient, device_path
from hub.errors import PommaiError

AUDIO = 0
"""The `op` of a message with sound, as of the simulated toys."""
MIC_PIPE_BYTES = 4096
"""An eighth of a second: what was said while the toy was not there is not heard later."""
SPEAKER_BYTES = 640
FINDS_S = 300.0
AS_INSTALLED = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""As its service has it on a Pi."""
LOOK_S = 0.2


class RealToy:
    """One in `folder`, on the cores `cpus`; silent until its hub has it."""

    def __init__(
        self, name: str, folder: Path, options: Sequence[str], cpus: set[int] | None
    ) -> None:
        self.name = name
        self.closed = False
        self.on_message: Callable[[int, bytes], None] = lambda op, data: None
        self.decided_s: list[float] = []
        self.port = 0
        self.log = folder / "log"
        self._mic, self._speaker = _pipe(folder / "mic"), _pipe(folder / "speaker")
        fcntl(self._mic, F_SETPIPE_SZ, MIC_PIPE_BYTES)
        asyncio.get_running_loop().add_reader(self._speaker, self._sounds)
        command = [sys.executable, "-m", "satellite", "run", "--name", name, "--wake", "voice"]
        command += ["--host", HOST, "--port", "0", "--interface", HOST, *options]
        command += ["--mic", f"command:cat {folder / 'mic'}", "--state", str(folder / "state")]
        command += [
            "--speaker",
            f"command:dd of={folder / 'speaker'} bs={SPEAKER_BYTES} status=none",
        ]
        with self.log.open("w") as lines:
            self.process = subprocess.Popen(
                command,
                env=os.environ | AS_INSTALLED,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
            )
        if cpus:
            psutil.Process(self.process.pid).cpu_affinity(sorted(cpus))

    def send(self, wire: bytes) -> None:
        """20 ms of sound to its microphone."""
        with contextlib.suppress(BlockingIOError):  # nobody listens
            os.write(self._mic, wire)

    def close(self) -> None:
        self.closed = True
        asyncio.get_running_loop().remove_reader(self._speaker)
        self.process.kill()
        self.process.wait()
        os.close(self._mic)
        os.close(self._speaker)

    async def listens(self) -> None:
        self.port = int(await self.says(r"listening on .*:(\d+)"))

    async def says(self, pattern: str) -> str:
        """The last of what it said on its own screen that fits."""
        give_up_s = time.monotonic() + FINDS_S
        while not (found := re.findall(pattern, self.log.read_text())):
            if self.process.poll() is not None or time.monotonic() > give_up_s:
                raise RuntimeError(f"{self.name} did not say {pattern}: {self.log.read_text()}")
            await asyncio.sleep(LOOK_S)
        return str(found[-1])

    async def is_taken(self, hub: HubClient, toy: str, *, paired: bool) -> None:
        """By this hub, as the home of `toy`."""
        give_up_s = time.monotonic() + FINDS_S
        while True:
            code = (await self.says("pairing code ([0-9 ]+)")).replace(" ", "") if paired else None
            what = "pair" if paired else "adopt"
            try:
                await hub.call("POST", device_path(self.name, what), code=code, toy=toy)
            except PommaiError:  # it isn't found yet
                if time.monotonic() > give_up_s:
                    raise
                await asyncio.sleep(LOOK_S)
            else:
                return

    def _sounds(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.on_message(AUDIO, os.read(self._speaker, SPEAKER_BYTES))


def _pipe(path: Path) -> int:
    os.mkfifo(path)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)  # so that it never ends
