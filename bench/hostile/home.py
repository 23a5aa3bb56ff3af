"""A home under attack: a hub with every port open, toys that talk all the time, and two real toys.

Hub and real toys run as they ship, on a core of their own; recogniser, model and voice are stubs that answer at
once. Some toys are simulated at the other end of their Wyoming links; two are programs, one paired and one plain.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench import cores, hub_adapter
from bench.hostile.ports import Port
from bench.hostile.real_toy import RealToy
from bench.peers import drive
from bench.peers.peer import HOST, Line
from bench.peers.results import Turn
from hub.cli.client import running_hub
from hub.core.owner_socket import socket_path
from hub.domain.api import LanAccess, WyomingServerSettings
from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store

SIMULATED = 6
PERIOD_S = 2.0
"""From the beginning of a turn to the next one's: as quick as a short question and a short answer go."""
REPLY = "Of course."
ASKS_FRAMES = 45
"""What is said of the recording: 0.9 s."""
IDLE_S = 1.0
FOR_EVER = 1_000_000_000
PAIRED, PLAIN = "paired toy", "plain toy"
OPENS_S = 300.0
LOOPBACK = ("lo",)


class Hub(hub_adapter.Peer):
    """With its API and its Wyoming services open to this machine, and its log in a file."""

    start_s = 300.0
    """Beside programs that take the processor, too."""

    def __init__(self, stub_url: str, cpus: set[int] | None, *, level: str = "info") -> None:
        super().__init__(stub_url, 0, cpus)
        self._level = level
        self.pages_port, self._api_port, self._wyoming_port = free_port(), free_port(), free_port()

    @property
    def data(self) -> Path:
        return self._data

    @property
    def log(self) -> Path:
        return self._data.with_suffix(".log")

    async def run_again(self) -> None:
        await super().run_again()
        for number in (self.pages_port, self._api_port, self._wyoming_port):
            await opened(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        super().stop()
        self.log.unlink(missing_ok=True)

    def spawn(self, command: Sequence[str], environ: dict[str, str]) -> None:
        with self.log.open("a") as lines:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "OMP_NUM_THREADS": "1", **environ},
                stdout=lines,
                stderr=lines,
            )
        if self._cpus:
            os.sched_setaffinity(self.process.pid, self._cpus)

    def ports(self) -> list[Port]:
        return [
            Port("pages", "http", self.pages_port),
            Port("API", "http", self._api_port, tls=True),
            Port("control socket", "http", path=str(socket_path(self._data))),
            Port("Wyoming services", "wyoming", self._wyoming_port),
        ]

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {
            "POMMAI_LOG__LEVEL": self._level,
            "POMMAI_API__PORT": str(self._api_port),
            "POMMAI_WYOMING__PORT": str(self._wyoming_port),
        }

    async def make_household(self) -> None:
        await super().make_household()
        clock = SystemClock()
        database = await Database.open(self._data, clock)
        try:
            store = Store(database, Bus(), clock)
            await store.lan_api.save(LanAccess(on=True, interfaces=LOOPBACK))
            await store.wyoming_services.save(WyomingServerSettings(on=True, interfaces=LOOPBACK))
        finally:
            await database.aclose()


class Child(drive.Toy):
    """Talks on, whether the toy is there or not."""

    async def _send(self, frames: Sequence[bytes]) -> None:
        for frame in frames:
            if (wait := self._due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self.line.send(frame)
            self._due += drive.FRAME_S


class Home:
    """`talking` toys; `turns` of them since a moment."""

    def __init__(self, hub: Hub, children: Sequence[Child], real: dict[str, RealToy]) -> None:
        self.hub = hub
        self.children = children
        self.real = real

    def ports(self) -> list[Port]:
        """All, the toys' among them."""
        return self.hub.ports() + [
            Port(name, "wyoming", toy.port, tls=name == PAIRED) for name, toy in self.real.items()
        ]

    def programs(self) -> dict[str, int]:
        """The process of each, by name."""
        assert self.hub.process is not None
        toys = {name.replace(" ", "_"): toy.process.pid for name, toy in self.real.items()}
        return {"hub": self.hub.process.pid, **toys}

    def attacked(self, port: Port) -> tuple[int, Path]:
        """The process behind a port, and its log."""
        if toy := self.real.get(port.name):
            return toy.process.pid, toy.log
        assert self.hub.process is not None
        return self.hub.process.pid, self.hub.log

    def turns(self, port: Port | None, since_s: float, until_s: float) -> list[Turn]:
        """Those that an attack on `port` may touch: all, or those of the one toy."""
        own = self.real.get(port.name) if port else None
        children = [child for child in self.children if own is None or child.line is own]
        said = [turn for child in children for turn in child.turns]
        return [turn for turn in said if since_s <= turn.spoke_until_s < until_s]


@asynccontextmanager
async def home(
    folder: Path, *, simulated: int = SIMULATED, period_s: float = PERIOD_S, level: str = "info"
) -> AsyncIterator[Home]:
    """All of them talk while within, each in its turn."""
    with cores.split() as cpus:
        async with drive.stubs(free_port(), "instant", reply=REPLY) as stub_url:
            hub = Hub(stub_url, cpus, level=level)
            real: dict[str, RealToy] = {}
            lines: list[Line] = []
            try:
                await hub.start()
                for name, options in ((PAIRED, ()), (PLAIN, ("--plain",))):
                    own = folder / name.replace(" ", "-")
                    own.mkdir()
                    # Other homes on this machine may have such a toy, too.
                    real[name] = RealToy(f"{name} {hub.data.name}", own, options, cpus)
                await _take_in(hub, real)
                lines = [await hub.connect(f"s{number}") for number in range(simulated)]
                async with _talking(hub, [*lines, *real.values()], period_s) as children:
                    yield Home(hub, children, real)
            finally:
                for line in [*lines, *real.values()]:
                    line.close()
                await asyncio.to_thread(hub.stop)


async def _take_in(hub: Hub, real: dict[str, RealToy]) -> None:
    async with running_hub(hub.data) as client:
        assert client is not None
        for number, (name, toy) in enumerate(real.items()):
            await toy.listens()
            await toy.is_taken(
                client, f"s{hub_adapter.MOST_SESSIONS - 1 - number}", paired=name == PAIRED
            )


@asynccontextmanager
async def _talking(hub: Hub, lines: Sequence[Line], period_s: float) -> AsyncIterator[list[Child]]:
    pcm, noise = drive.speech_frames()[:ASKS_FRAMES], drive.room_noise()
    begin = time.monotonic()
    children = []
    for number, line in enumerate(lines):
        raw = isinstance(line, RealToy)
        speech = pcm if raw else [hub.encode(frame) for frame in pcm]
        hush = noise if raw else hub.encode(noise)
        children.append(Child(str(number), line, hub, speech, hush))
    load = drive.Load(len(lines), FOR_EVER, period_s, idle_s=IDLE_S)
    tasks = [
        asyncio.create_task(child.talk(begin + period_s * number / len(lines), load))
        for number, child in enumerate(children)
    ]
    try:
        yield children
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        number: int = taken.getsockname()[1]
        return number


async def opened(number: int) -> None:
    """Until somebody listens there."""
    async with asyncio.timeout(OPENS_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, number)
                writer.close()
                return
            await asyncio.sleep(0.1)
