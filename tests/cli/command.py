"""The installed `pommai-hub`, run as a person does, and a hub and its commands within this process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from hub.__main__ import main
from hub.app import App, Ready
from hub.config import loading
from hub.domain.toys import Satellite

HUB = Path(sys.executable).parent / "pommai-hub"
LIMIT_S = 60
ENV = {k: v for k, v in os.environ.items() if not k.startswith("POMMAI_")}


def pommai_hub(
    *args: str | Path, stdin: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HUB, *args],
        cwd="/",
        env=ENV | environ,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def hub_command(
    *args: str | Path, cwd: str | Path = "/", stdin: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """What `pommai_hub` answers, without the seconds that a process takes to load a hub."""
    typed = TextIOWrapper(BytesIO(stdin.encode()), "utf-8")
    out, err = StringIO(), StringIO()
    on_sigterm = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        for name in os.environ.keys() - ENV.keys():
            patch.delenv(name)
        for name, value in ({"COLUMNS": "80"} | environ).items():
            patch.setenv(name, value)
        for name, stream in (("stdin", typed), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        for name, module in list(sys.modules.items()):
            if name.startswith("hub.cli.") and hasattr(module, "console"):
                # A console asks for its width once, when its module is loaded.
                patch.setattr(module.console, "width", int(os.environ["COLUMNS"]))
        try:
            code = main([*map(str, args)])
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            signal.signal(signal.SIGTERM, on_sigterm)  # uvloop leaves its own
    return subprocess.CompletedProcess(args, code, out.getvalue(), err.getvalue())


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said; it must be one line on stderr, with exit code 2."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


@dataclass(frozen=True)
class ServingHub:
    """A hub in a thread of this process: commands ask it as they do a process, which takes seconds to load."""

    app: App
    ready: Ready
    loop: asyncio.AbstractEventLoop

    def until(self, name: str, *states: str) -> Satellite:
        """The satellite of that name, once it is in one of these states."""
        return asyncio.run_coroutine_threadsafe(self._seen(name, states), self.loop).result(LIMIT_S)

    async def _seen(self, name: str, states: tuple[str, ...]) -> Satellite:
        hub = self.app.hub
        with hub.bus.subscribe() as changes:
            while True:
                for satellite in hub.devices.list():
                    if satellite.name == name and satellite.state in states:
                        return satellite
                await changes.get()


@contextmanager
def serving_hub(data: Path) -> Iterator[ServingHub]:
    settings = {
        "POMMAI_DATA": str(data),
        "POMMAI_GUARDIAN__PORT": "0",
        "POMMAI_HUB__INTERFACES": "127.0.0.1",
    }
    started: Future[tuple[ServingHub, asyncio.Task[None] | None]] = Future()

    async def serve() -> None:
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        async with App(loading.load(None, settings), {}) as app:

            def tell(ready: Ready) -> None:
                started.set_result((ServingHub(app, ready, loop), this))

            with suppress(asyncio.CancelledError):
                await app.serve(tell, lambda code: None)

    with ThreadPoolExecutor(1) as thread:
        serving = thread.submit(asyncio.run, serve())
        either: list[Future[Any]] = [started, serving]
        wait(either, return_when=FIRST_COMPLETED)
        if serving.done():
            serving.result()  # raises what was wrong
        hub, task = started.result()
        try:
            yield hub
        finally:
            assert task is not None
            hub.loop.call_soon_threadsafe(task.cancel)
            serving.result(LIMIT_S)


class RunningHub:
    """`pommai-hub run`, for what is about its process: what it prints, and how it ends."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [HUB, "run", "--data", data, "--port", "0", "--interface", "127.0.0.1"],
            cwd="/",
            env=ENV,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("One-time code"):
                break

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        """Exit code and stderr."""
        self.process.send_signal(how)
        _, stderr = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, stderr
