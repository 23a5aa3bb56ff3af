"""What the toy's own hub wants beside turns: settings that it keeps, commands that it obeys, and a report each minute.

Each is answered with `pommai-done`. Only over a paired link: see `satellite.wire.commands`.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from wyoming.event import Event
from wyoming.ping import Ping

from satellite.board.vitals import Vitals
from satellite.clock import Clock, happens
from satellite.errors import SetupError
from satellite.files import keep, read_json
from satellite.link import HubLink
from satellite.offline.offline_mode import OfflineMode
from satellite.update.software import Software, UpdateReceiver
from satellite.wire import commands
from satellite.wire.extensions import EVENT
from satellite.wire.phrases import PACK, PhrasePiece
from satellite.wire.stream import WireError

REPORT_S: Final = 60.0
PONG_S: Final = 5.0
TOLD_S: Final = 10.0
MAX_WAITING: Final = 8
"""Commands; more at once is no hub of ours."""

_NOT_NOW: Final = "it is busy: try again when it is quiet"
_MUTED: Final = "its microphone is off: switch it on first"
_PROBE: Final = "pommai-report"
_EMERGENCY: Final = commands.EmergencyMessage().id

_log = logging.getLogger(__name__)


class KeptSettings:
    """What the hub has set for good: `now` holds, and a toy that starts without its hub has it, too."""

    def __init__(
        self, folder: Path, obey: Callable[[commands.SettingsMessage], None] = lambda settings: None
    ) -> None:
        """`obey` is told of each set, also of the one at the start."""
        self._path = folder / "settings.json"
        self._obey = obey
        self.now = self._read()
        self._kept = self.now
        obey(self.now)

    async def become(self, settings: commands.SettingsMessage) -> None:
        """They hold at once; raises OSError when they are forgotten with the next start."""
        changed, self.now = settings != self.now, settings
        if changed:
            self._obey(settings)
        if settings != self._kept:
            content = json.dumps(settings._asdict()).encode()
            await asyncio.to_thread(keep, self._path, content)
            self._kept = settings

    def _read(self) -> commands.SettingsMessage:
        try:
            return commands.SettingsMessage.of_file(read_json(self._path))
        except FileNotFoundError:
            return commands.SettingsMessage()
        except (OSError, ValueError, AttributeError, RecursionError) as error:
            _log.warning("%s: can't be used: %s; waiting for the hub to set it", self._path, error)
            return commands.SettingsMessage()


class CommandTarget(Protocol):
    """What the commands are for; a `SatelliteSession`."""

    link: HubLink

    def trigger(self) -> bool:
        """Begin a turn; False when it can't now."""
        ...

    def stop_listening(self) -> None: ...

    def interrupt(self, by: str) -> None:
        """The reply ends, if there is one."""
        ...

    def identify(self) -> bool:
        """Begin to blink and chirp."""
        ...

    def mute(self, muted: bool) -> None: ...


@dataclass(eq=False, repr=False)
class CommandContext:
    """What the toy has for its hub, whichever link it comes over."""

    settings: KeptSettings
    vitals: Vitals
    away: OfflineMode
    clock: Clock
    choose_wake: Callable[[commands.SettingsMessage], None]
    """Raises SetupError for what the toy can't do."""
    restart: Callable[[], None]
    software: Software | None = None
    """Without it the toy takes no updates."""

    def handler(self, toy: CommandTarget) -> "CommandHandler":
        """For one link."""
        self.vitals.links += 1
        return CommandHandler(toy, self)


class CommandHandler:
    def __init__(self, toy: CommandTarget, home: CommandContext) -> None:
        self._toy = toy
        self._home = home
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(MAX_WAITING)
        self._updating: asyncio.Queue[Event] = asyncio.Queue(1)
        self._updates = UpdateReceiver(home.software, home.clock)
        self._emergency = asyncio.Event()
        self._unanswered: dict[object, asyncio.Event] = {}
        """What the hub is being told, by what its answer will name."""

    def take(self, event: Event) -> None:
        """An event of the hub's; what is neither a command nor an answer is passed over. Raises WireError."""
        if event.type == "pong":
            self._is_answered(event.data.get("text"))
        elif event.type == commands.DONE and event.data.get("ok") is True:
            self._is_answered(event.data.get("id"))
        elif event.type in (commands.SETTINGS, commands.COMMAND, commands.STOP, PACK):
            commands.id_of(event)  # without one nobody could be answered
            if self._waiting.full():
                raise WireError(f"more than {MAX_WAITING} commands wait")
            self._waiting.put_nowait(event)
        elif event.type.startswith(commands.UPDATE):
            commands.id_of(event)
            if self._updating.full():
                raise WireError("a piece of an update came before the one before was answered")
            self._updating.put_nowait(event)

    def _is_answered(self, name: object) -> None:
        if isinstance(name, str) and name in self._unanswered:
            self._unanswered[name].set()

    def call_emergency(self) -> None:
        self._emergency.set()

    def ask_next_child(self) -> bool:
        """Whether a parent allows that at the button."""
        if allowed := self._home.settings.now.next_child:
            with suppress(WireError):  # a link that is gone is noticed where it is read
                self._toy.link.send(Event(EVENT, {"kind": commands.NEXT_CHILD}))
        return allowed

    async def run(self) -> None:
        """Obey and report until cancelled. Raises WireError, in a group."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._obey())
            tasks.create_task(self._update())
            tasks.create_task(self._report())
            tasks.create_task(self._pass_on_emergencies())

    async def _pass_on_emergencies(self) -> None:
        """Also one of which the hub did not hear when it was called; and each minute until it has it on its disk."""
        stop = self._home.away.stop
        late = stop.called
        if late:
            self._emergency.set()
        while True:
            await happens(self._emergency, self._home.clock, REPORT_S if stop.called else None)
            self._emergency.clear()
            if await self._tell(commands.EmergencyMessage(late=late).event(), _EMERGENCY, TOLD_S):
                late = False
                try:
                    await stop.heard()
                except OSError as error:
                    _log.warning("can't keep that the hub heard of the stop: %s", error.strerror)

    async def _tell(self, event: Event, name: str, answer_s: float) -> bool:
        """Whether the hub answered in time; its answer has this name. Raises WireError."""
        answered = self._unanswered[name] = asyncio.Event()
        try:
            await self._toy.link.write(event)
            return await happens(answered, self._home.clock, answer_s)
        finally:
            del self._unanswered[name]

    async def _obey(self) -> None:
        while True:
            event = await self._waiting.get()
            number = commands.id_of(event)
            try:
                detail = await self._outcome(event)
            except WireError as error:
                detail = str(error)
            await self._toy.link.write(
                commands.Done(number, not detail, commands.line(detail)).event()
            )
            if not detail and event.data.get("do") == commands.RESTART:
                self._home.restart()
            if not detail and self._home.software is not None:
                self._home.software.came_up()

    async def _update(self) -> None:
        """Beside the other commands, as it may take long."""
        while True:
            event = await self._updating.get()
            await self._toy.link.write((await self._updates.answer(event)).event())

    async def _outcome(self, event: Event) -> str:
        """What is wrong; empty when it was done. Raises WireError."""
        match event.type:
            case commands.SETTINGS:
                return await self._set(event)
            case commands.COMMAND:
                return await self._do(event)
            case commands.STOP:
                return await self._stop(commands.StopMessage.from_event(event))
            case _:
                return await self._keep_piece(event)

    async def _keep_piece(self, event: Event) -> str:
        try:
            await self._home.away.take(PhrasePiece.from_event(event))
        except OSError as error:
            return f"the toy can't keep its lines: {error.strerror}"
        return ""

    async def _stop(self, wanted: commands.StopMessage) -> str:
        if wanted.on:
            self._toy.interrupt("command")
        try:
            if await self._home.away.stop.become(wanted.on):
                return ""
        except OSError as error:
            return f"it holds until the next start only: {error.strerror}"
        if _EMERGENCY not in self._unanswered:  # else it is being told already
            self._emergency.set()
        return "it was stopped at its button, and its hub must know of that first"

    async def _set(self, event: Event) -> str:
        """What is wrong; empty when nothing is."""
        wanted = commands.SettingsMessage.from_data(event.data)
        try:
            self._home.choose_wake(wanted)
            self._toy.mute(wanted.mute)
            await self._home.settings.become(wanted)
        except SetupError as error:
            return str(error)
        except OSError as error:
            return f"it holds until the next start only: {error.strerror}"
        return ""

    async def _do(self, event: Event) -> str:
        toy, done = self._toy, True
        match commands.Command.from_event(event).do:
            case commands.IDENTIFY:
                done = toy.identify()
            case commands.LISTEN if self._home.settings.now.mute:
                return _MUTED
            case commands.LISTEN:
                done = toy.trigger()
            case commands.STOP_LISTENING:
                toy.stop_listening()
            case commands.BE_QUIET:
                toy.interrupt("command")
            case commands.RESTART:
                pass  # once it was answered
            case other:
                return f"{other}: this toy's software is older than the hub's and can't do that"
        return "" if done else _NOT_NOW

    async def _report(self) -> None:
        while True:
            report = self._home.vitals.report(await self._round_trip_ms())
            away = self._home.away
            report = report._replace(pack=away.version, stopped=away.stop.on)
            if (software := self._home.software) is not None:
                report = report._replace(software=software.running, failed=software.failed)
            await self._toy.link.write(report.event())
            await self._tell_of_absence()
            await self._home.clock.sleep(REPORT_S)

    async def _tell_of_absence(self) -> None:
        """What happened without the hub, until it has it on its disk."""
        happened = self._home.away.happened()
        if happened and await self._tell(happened.event(), happened.id, TOLD_S):
            await self._home.away.told()

    async def _round_trip_ms(self) -> float | None:
        """None when no answer came."""
        began_s = self._home.clock.monotonic()
        answered = await self._tell(Ping(_PROBE).event(), _PROBE, PONG_S)
        return 1000 * (self._home.clock.monotonic() - began_s) if answered else None
