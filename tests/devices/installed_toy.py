"""A toy as the installer leaves it, kept running as by systemd; and other versions of its software."""

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Self

from hub.devices.updates import Wheel
from tests.devices.processes import PATIENCE_S, ROOT, free_port
from tests.devices.scripted import until

TEDDY = f"Teddy {os.getpid()}"
"""Its name: no other's on this loopback."""
PACK = "import sys; from hub.devices.updates import own_wheel; sys.stdout.buffer.write(own_wheel().data)"


def site_of(folder: Path, version: str, change: Callable[[Path], None] = lambda _: None) -> Path:
    """Where another version is installed; `change` gets its `satellite`."""
    site = folder / f"site-{version}"
    shutil.copytree(ROOT / "satellite", site / "satellite", ignore=shutil.ignore_patterns("__py*"))
    about = site / f"pommai-{version}.dist-info"
    about.mkdir()
    told = distribution("pommai").read_text("METADATA") or ""
    (about / "METADATA").write_text(
        re.sub("(?m)^Version: .*", f"Version: {version}", told, count=1)
    )
    change(site / "satellite")
    return site


def wheel_of(site: Path) -> Wheel:
    """As a hub that is installed there packs it."""
    version = next(site.glob("pommai-*.dist-info")).stem.partition("-")[2]
    packed = subprocess.run(
        [sys.executable, "-c", PACK],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=site,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return wheel(version, packed)


def wheel(version: str, packed: bytes) -> Wheel:
    return Wheel(version, hashlib.sha256(packed).hexdigest(), packed)


class InstalledToy:
    """Its program ends: it is started anew, however it ended."""

    def __init__(self, folder: Path, name: str = TEDDY, come_up_s: int = 300) -> None:
        folder.mkdir()
        (folder / "card").mkdir()
        self.state = folder / "state"
        self.state.symlink_to("card")  # as systemd or a family may have it
        self.log = folder / "toy.log"
        self.software = self.state / "software"
        self.launcher = folder / "launch.py"
        text = (ROOT / "satellite" / "install" / "launch.py").read_text()
        assert "COME_UP_S: Final = 300\n" in text
        self.launcher.write_text(text.replace("COME_UP_S: Final = 300", f"COME_UP_S = {come_up_s}"))
        self._command = [
            *(sys.executable, str(self.launcher), "run", "--name", name, "--speaker", "none"),
            *("--mic", "command:cat /dev/zero", "--host", "127.0.0.1", "--port", str(free_port())),
            *("--interface", "127.0.0.1"),
        ]
        self._child: asyncio.subprocess.Process | None = None
        self.ends: list[int] = []
        """How its program ended, each time."""

    async def code(self) -> str:
        await until(lambda: "pairing code" in self.log.read_text(), PATIENCE_S)
        codes: list[str] = re.findall(r"pairing code ([0-9 ]+)\n", self.log.read_text())
        return codes[-1]

    def link(self, name: str) -> str:
        """The hash that `current`, `trial` or `failed` points to; "" for none."""
        path = self.software / name
        return path.readlink().name if path.is_symlink() else ""

    async def kill(self) -> None:
        """Pull its plug for a moment."""
        assert self._child is not None
        ended = len(self.ends)
        self._child.kill()
        await until(lambda: len(self.ends) > ended)

    async def _run(self) -> None:
        environ = os.environ | {
            "POMMAI_SATELLITE_STATE": str(self.state),
            "NOTIFY_SOCKET": "/dev/null",  # there is a systemd, which nobody listens for
        }
        while True:
            with self.log.open("ab") as output:
                self._child = await asyncio.create_subprocess_exec(
                    *self._command,
                    env=environ,
                    cwd=self.log.parent,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
            self.ends.append(await self._child.wait())
            await asyncio.sleep(0.1)

    async def __aenter__(self) -> Self:
        self.log.touch()
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])
        if self._child is not None and self._child.returncode is None:
            self._child.kill()
            await self._child.wait()
