"""What a load needs of a voice server: a process to start, watch and stop, and a line for each toy.

`drive.py` is its only user. `Peer` starts a server of `servers/` and speaks to it over a WebSocket; our hub's
own, `bench/hub_adapter.py`, overrides that.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import psutil

from bench.peers import websocket

ROOT = Path(__file__).resolve().parents[2]
SERVERS = Path(__file__).with_name("servers")
HOST = "127.0.0.1"
START_S = 60.0
STOP_S = 10.0


class Line(Protocol):
    """One toy's connection."""

    closed: bool
    on_message: Callable[[int, bytes], None]
    """Called for all that comes; `Peer.is_audio` tells what sounds."""
    decided_s: list[float]
    """When the server told us that a child's turn is over; empty where it never does."""

    def send(self, wire: bytes) -> None: ...
    def close(self) -> None: ...


class Peer:
    """A server in a process of its own, on the cores `cpus`."""

    name = ""
    venv = ".venv"
    server = ""
    """File below `servers/`."""
    wait_ms: float | None = 200
    """Silence after which it takes a turn for over; None where that isn't fixed."""
    one_key = False
    """All its sessions come to the stubs with the same key."""

    def __init__(
        self, stub_url: str, port: int, cpus: set[int] | None = None, verbose: bool = False
    ) -> None:
        """`port` and those above it are the peer's to listen on."""
        self.stub_url = stub_url
        self.port = port
        self._cpus = cpus
        self._verbose = verbose
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Raises RuntimeError when it ends, or doesn't listen in time."""
        python = ROOT / self.venv / "bin" / "python"
        where = ["--port", str(self.port), "--stub", self.stub_url]
        self.spawn([str(python), str(SERVERS / self.server), *where, *self.arguments()], {})
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self.raise_if_ended()
            try:
                _, writer = await asyncio.open_connection(HOST, self.port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
        raise RuntimeError(f"{self.name}: does not listen after {START_S:g} s")

    def arguments(self) -> list[str]:
        """More for the server's command line."""
        return []

    def spawn(self, command: Sequence[str], environ: dict[str, str]) -> None:
        output = None if self._verbose else subprocess.DEVNULL
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", **environ},
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
        if self._cpus:
            psutil.Process(self.process.pid).cpu_affinity(sorted(self._cpus))

    def raise_if_ended(self) -> None:
        if self.process is None or self.process.poll() is not None:
            code = self.process.returncode if self.process else None
            raise RuntimeError(f"{self.name}: its server ended with {code}; see it with --verbose")

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def rss(self) -> float:
        """MB in memory, with its children."""
        return sum(process.memory_info().rss for process in self._processes()) / 2**20

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def _processes(self) -> list[psutil.Process]:
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def path(self, sid: str) -> str:
        return f"/ws/{sid}"

    async def connect(self, sid: str) -> Line:
        """Session `sid`'s line, open for sound."""
        return await websocket.connect(HOST, self.port, self.path(sid))

    def encode(self, pcm: bytes) -> bytes:
        """20 ms of 16 kHz sound as the line takes it."""
        return websocket.frame(pcm)

    def is_audio(self, op: int, data: bytes) -> bool:
        """Whether a message has reply sound in it that isn't silence."""
        return op == websocket.BINARY and any(data[:512])
