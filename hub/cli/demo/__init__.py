"""`pommai-hub demo`: a hub and one simulated toy on this machine, found over zeroconf on loopback.

The toy is a real `pommai-satellite` process that plays a recording into the link and records what
it is told to play. `--once` ends after the first turn; otherwise all stays up until Ctrl-C.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
import uuid
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from guardian_web.api.turns import outcome
from hub.app import App, Ready
from hub.cli.demo.view import View
from hub.cli.terminal import run_until_stopped
from hub.config import Config
from hub.domain.toys import Pairing, SatelliteState
from hub.errors import LinkError, NotFoundError
from hub.events import SatellitesChanged, Subscription, TurnChanged, TurnStep

HELLO = Path(__file__).parents[2] / "data" / "hello.wav"
LOOPBACK = "127.0.0.1"
FIND_S = 20.0
NOTHING_HEARD_S = 4.0
"""Wait after the recording and the turn's silence, before we say that nothing was heard."""
TURN_S = 120.0
CODE = re.compile(r"pairing code ([0-9 ]+)\n")
KEEP_FROM_TOY = ("PATH", "HOME", "LANG", "LC_ALL", "XDG_RUNTIME_DIR", "VIRTUAL_ENV")
"""Of our environment the toy sees this much: no key is its business."""


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.add_argument("--once", action="store_true", help="end after the first turn")
    parser.add_argument("--json", action="store_true", help="print the turn as one JSON object")
    parser.add_argument(
        "--wav", type=Path, default=HELLO, metavar="FILE", help="what the child says"
    )
    parser.add_argument(
        "--port", type=int, dest="POMMAI_GUARDIAN__PORT", help="port for the Guardian pages"
    )
    parser.add_argument(
        "--lan",
        action="store_const",
        const="true",
        dest="POMMAI_GUARDIAN__LAN",
        help="open the Guardian pages to phones and computers at home, over HTTPS",
    )


def run(args: argparse.Namespace, config: Config) -> int:
    recording_s(args.wav)
    with tempfile.TemporaryDirectory(prefix="pommai-demo-") as scratch:
        data = config.hub.data
        if "data" not in config.hub.model_fields_set:
            data = Path(scratch) / "data" if args.once else data / "demo"
        hub = config.hub.model_copy(update={"data": data, "interfaces": (LOOPBACK,)})
        demo = Demo(args, config.model_copy(update={"hub": hub}), Path(scratch))
        run_until_stopped(demo.run())
        demo.tell_stopped()
    return 0


def recording_s(path: Path) -> float:
    """Its length in seconds; raises NotFoundError where it isn't a WAV file."""
    try:
        with wave.open(str(path), "rb") as recording:
            return recording.getnframes() / recording.getframerate()
    except (OSError, EOFError, RuntimeError, wave.Error, ZeroDivisionError) as error:
        # RuntimeError: a chunk that says that it goes on past its end.
        reason = getattr(error, "strerror", None) or str(error) or "it is empty"
        raise NotFoundError(f"{path}: not a WAV recording that can be read: {reason}") from error


class Demo:
    def __init__(self, args: argparse.Namespace, config: Config, scratch: Path) -> None:
        self._once: bool = args.once
        self._json: bool = args.json
        self._wav: Path = args.wav
        self._config = config
        self._scratch = scratch
        self._toy_log = scratch / "toy.log"
        self._view = View(as_json=args.json)

    def tell_stopped(self) -> None:
        if not self._once:
            self._view.stopped()

    async def run(self) -> None:
        async with App(self._config, os.environ) as app, asyncio.TaskGroup() as tasks:
            ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
            serving = tasks.create_task(self._serve(app, ready))
            try:
                await self._talk(app, ready)
            finally:
                serving.cancel()

    async def _serve(self, app: App, ready: "asyncio.Future[Ready]") -> None:
        on_phones = self._view.phones
        await app.serve(ready.set_result, self._view.new_code, on_phones, pages=not self._once)
        raise LinkError("everything was deleted, as somebody asked for: start the demo again")

    async def _talk(self, app: App, ready: "asyncio.Future[Ready]") -> None:
        self._view.ready(await ready)
        name = f"Demo {uuid.uuid4().hex[:6]}"
        reply = self._scratch / "reply.wav"
        async with AsyncExitStack() as stack:
            events = stack.enter_context(app.hub.bus.subscribe())
            process = await stack.enter_async_context(self._toy(name, reply))
            self._view.started(process.pid)
            await self._adopt(app, events, name)
            stack.push_async_callback(app.hub.devices.release, name)
            await self._first_turn(app, events)
            if not self._once:
                self._view.stays_up(self._config.hub.data)
                await process.wait()
                raise LinkError(f"the simulated toy ended by itself: {self._last_words()}")

    @asynccontextmanager
    async def _toy(self, name: str, reply: Path) -> AsyncIterator[asyncio.subprocess.Process]:
        """The simulated toy's process."""
        options = {
            "--host": LOOPBACK,
            "--port": "0",
            "--interface": LOOPBACK,
            "--name": name,
            "--mic": f"wav:{self._wav}",
            "--speaker": f"wav:{reply}",
            "--wake": "voice",
            "--state": str(self._scratch / "toy"),
            "--log-level": "warning",
        }
        with self._toy_log.open("wb") as toy_log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "satellite", "run"),
                *(part for option in options.items() for part in option),
                env={key: os.environ[key] for key in KEEP_FROM_TOY if key in os.environ},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=toy_log,
                stderr=toy_log,
                # Ctrl-C is ours: the toy is let go of while it can still be told so.
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    async def _adopt(self, app: App, events: Subscription, name: str) -> None:
        """Wait until zeroconf shows our toy; pair with it, and with no other."""
        try:
            async with asyncio.timeout(FIND_S):
                while not await self._waits_for_its_code(app, name):
                    await events.get()
                self._view.found(name)
                await app.hub.devices.pair(name, self._code())
                while not await self._is_online(app, name):
                    await events.get()
        except TimeoutError as error:
            raise LinkError(
                f"the simulated toy was not found within {FIND_S:g} s; is multicast on loopback "
                f"blocked? Its last words: {self._last_words()}"
            ) from error
        self._view.linked()

    async def _waits_for_its_code(self, app: App, name: str) -> bool:
        satellites = app.hub.devices.list()
        return any(s.name == name and s.pairing is Pairing.OPEN for s in satellites)

    def _code(self) -> str:
        """The pairing code that our toy says, and printed before it let anybody pair."""
        said = CODE.findall(self._toy_log.read_text("utf-8", "replace"))
        return str(said[-1]) if said else ""

    def _last_words(self) -> str:
        lines = self._toy_log.read_text("utf-8", "replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "none")

    async def _is_online(self, app: App, name: str) -> bool:
        offline = (SatelliteState.FOUND, SatelliteState.CONNECTING, SatelliteState.AWAY)
        return any(s.name == name and s.state not in offline for s in app.hub.devices.list())

    async def _first_turn(self, app: App, events: Subscription) -> None:
        """Follow the turn that the recording begins, step by step."""
        patience_s = (
            recording_s(self._wav) + self._config.turn.unfinished_ms / 1000 + NOTHING_HEARD_S
        )
        turn_id = ""
        with self._view.turn():
            try:
                async with asyncio.timeout(patience_s) as patience:
                    while True:
                        event = await events.get()
                        if isinstance(event, TurnStep):
                            turn_id = event.turn_id
                            patience.reschedule(asyncio.get_running_loop().time() + TURN_S)
                            self._view.step(event)
                            if event.step == "finished":
                                break
                        elif isinstance(event, TurnChanged):
                            if turn := await app.hub.turns.get(event.turn_id):
                                self._view.changed(turn)
                        elif isinstance(event, SatellitesChanged):
                            self._view.satellites(app.hub.devices.list())
            except TimeoutError:
                if turn_id:
                    raise LinkError(f"the turn did not end within {TURN_S:g} s") from None
        self._view.result(outcome(await app.hub.turns.get(turn_id)))
