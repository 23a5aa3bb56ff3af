"""The satellites that are measured: how each is started, and how its hub takes charge and has it listen."""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wyoming.event import Event

from bench.satellites.hub import Hub
from satellite.identity import device_id
from satellite.pairing.keys import KeyStore
from satellite.wire import tls as wire_tls
from satellite.wire.certificate import make

ROOT = Path(__file__).parents[2]
STOCK = ROOT / ".venv-stock-satellite" / "bin"
OURS = Path(sys.executable).parent
START_S = 20.0
MOCK_PINS = {"GPIOZERO_PIN_FACTORY": "mock"}


@dataclass(frozen=True)
class Subject:
    """A satellite in one of its forms."""

    name: str
    python: Path
    modules: str
    """What its command imports until it listens."""
    command: tuple[str, ...]
    """`{port}`, `{mic}`, `{speaker}` and `{folder}` are filled in."""
    environment: dict[str, str] = field(default_factory=dict)
    secure: bool = False
    """It is paired, and speaks TLS."""
    everything: bool = False
    """All that it can have is on."""


_OURS = (
    *(str(OURS / "pommai-satellite"), "run", "--host", "127.0.0.1", "--port", "{port}"),
    *("--interface", "127.0.0.1", "--state", "{folder}", "--mic", "command:{mic}"),
    *("--speaker", "{speaker}", "--log-level", "warning"),
)
_OURS_MODULES = "satellite.__main__, satellite.app"
_STOCK = (
    *(str(STOCK / "python"), "-m", "wyoming_satellite", "--name", "bench"),
    *("--uri", "tcp://127.0.0.1:{port}"),
    *("--mic-command", "{mic}", "--mic-command-samples-per-chunk", "320"),
)

OURS_PAIRED = Subject("ours", OURS / "python", _OURS_MODULES, _OURS, secure=True)
OURS_PLAIN = Subject(
    "ours, --plain", OURS / "python", _OURS_MODULES, (*_OURS, "--plain", "--wake", "stream")
)
OURS_FULL = Subject(
    "ours, everything on",
    OURS / "python",
    _OURS_MODULES,
    (*_OURS, "--wake", "word"),
    MOCK_PINS,
    secure=True,
    everything=True,
)
STOCK_LEAN = Subject(
    "stock, no zeroconf", STOCK / "python", "wyoming_satellite.__main__", (*_STOCK, "--no-zeroconf")
)
STOCK_FULL = Subject(
    "stock", STOCK / "python", "wyoming_satellite.__main__", _STOCK, everything=True
)


def compiled(folder: Path) -> dict[str, str]:
    """The environment in which Python keeps what it compiled, in `folder`, as it does on a Pi."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}


@dataclass
class Running:
    pid: int
    hub: Hub
    listening_ms: float
    """From its start to its answer to who it is."""


@asynccontextmanager
async def running(
    subject: Subject, folder: Path, cpus: set[int] | None, speaker: str = "none"
) -> AsyncIterator[Running]:
    """It runs on the cores `cpus`, its hub is connected and not yet in charge."""
    folder.mkdir()
    stamp = folder / "whole-at"
    stamp.write_bytes(bytes(8))
    context = _paired(folder) if subject.secure else None
    port = _free_port()
    microphone = Path(__file__).with_name("microphone.py")
    mic = f"{sys.executable} -I -S {microphone} {stamp}"
    given = {"port": port, "mic": mic, "speaker": speaker, "folder": folder}
    command = [part.format(**given) for part in subject.command]
    log = folder / "log"
    with log.open("w") as lines:
        began_s = time.monotonic()
        environment = compiled(folder.parent) | subject.environment
        program = subprocess.Popen(command, env=environment, stdout=lines, stderr=lines)
        if cpus:
            os.sched_setaffinity(program.pid, cpus)
    try:
        hub = await _first_answer(port, context, stamp, log)
        listening_ms = 1000 * (time.monotonic() - began_s)
        yield Running(program.pid, hub, listening_ms)
        await hub.aclose()
    finally:
        program.terminate()
        await asyncio.to_thread(program.wait)


async def _first_answer(port: int, context: ssl.SSLContext | None, stamp: Path, log: Path) -> Hub:
    give_up_s = time.monotonic() + START_S
    while time.monotonic() < give_up_s:
        try:
            hub = await Hub.connect(port, context, stamp)
        except ConnectionRefusedError:
            await asyncio.sleep(0.001)
            continue
        await hub.say(Event("describe"))
        await hub.until("info")
        return hub
    raise TimeoutError(f"nothing answers on port {port}: {log.read_text()}")


def _paired(folder: Path) -> ssl.SSLContext:
    """The toy in `folder` has this hub, as if it had been paired."""
    key, certificate = make("a hub of the benchmark")
    (folder / "hub.key").write_bytes(key)
    (folder / "hub.crt").write_bytes(certificate)
    keys = KeyStore.open(folder, device_id(folder))
    keys.pair(ssl.PEM_cert_to_DER_cert(certificate.decode()))
    return wire_tls.client_context(folder / "hub.crt", folder / "hub.key", keys.certificate)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
