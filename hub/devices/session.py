"""Turns over one connection: a satellite's events to the pipeline, and the turn's events back to the satellite.

A satellite asks for a turn with `run-pipeline` and streams its microphone until it is told the transcript.
One that knows no wake word by itself (`start_stage: wake`, as a stock satellite) streams for ever: what begins a turn
then is a parent's choice, see `hub.devices.audio.room`.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import structlog
from wyoming.asr import Transcript
from wyoming.error import Error
from wyoming.event import Event
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.wake import Detection

from hub.devices.audio.microphone import MicrophoneInput, odd_format
from hub.devices.audio.room import RoomListener, RoomListening
from hub.devices.audio.speaker import Speaker
from hub.devices.commands import CommandChannel
from hub.devices.connection import Send
from hub.devices.identity import printable
from hub.devices.reports import Reports
from hub.devices.turn import Asked, SatelliteTurn, Turns
from hub.domain.clock import Clock
from hub.domain.toys import SatelliteState, Toy
from hub.errors import BusyError, LinkError
from hub.translation import gettext as _
from satellite.wire import commands, extensions
from satellite.wire.frame import AudioFrame

log = structlog.get_logger()

MAX_SAMPLES: Final = 1 << 32
"""Of an answer: three days."""
PARTS: Final = {"microphone": "it can't hear", "speaker": "it can't be heard"}
"""What a toy's `error` may be about, by its code."""


class SessionOwner(Protocol):
    """Whose turns these are; a `Device`."""

    @property
    def key(self) -> str: ...

    @property
    def room_listener(self) -> RoomListener:
        """Who listens to a satellite that streams all the time."""
        ...

    async def toy(self) -> Toy:
        """Who lives in it now. Raises NotFoundError."""
        ...


class Session:
    """`receive` gets what the satellite sends; `run` runs its turns, one after the other."""

    def __init__(
        self,
        owner: SessionOwner,
        turns: Turns,
        send: Send,
        show: Callable[[SatelliteState, str], None],
        clock: Clock,
        reports: Reports | None = None,
        *,
        opus: bool = False,
    ) -> None:
        """`show` is called with each live state. `opus`: sound comes and goes in frames.

        `reports` gets what a paired satellite of ours tells, which alone takes commands.
        """
        self.commands = CommandChannel(send, clock) if reports else None
        """None where it takes none."""
        self._owner = owner
        self._reports = reports
        self._turns = turns
        self._send = send
        self._show = show
        self._clock = clock
        self._asked: asyncio.Queue[Asked] = asyncio.Queue(1)
        self._microphone = MicrophoneInput(owner.key, clock, opus=opus)
        self._turn: asyncio.Task[None] | None = None
        self._speaker = Speaker(send, clock)
        self._streams_on = False
        """It streams without being asked; see above."""
        self._odd_format = False
        self._detected = False
        """It heard its wake word, and its sound follows; a `run-pipeline` may come between."""
        self._faults = SoundFaults()
        self._room = RoomListening(
            lambda: owner.room_listener, self._on_woke, self._on_room_fault, clock
        )
        self._room_fault = ""

    async def receive(self, event: Event | AudioFrame) -> None:
        """Take what came. Never waits for a turn. Raises LinkError when the answer can't be sent."""
        if isinstance(event, AudioFrame):
            self._microphone.put_frame(event)
            return
        match event.type:
            case "run-pipeline":
                await self._on_run_pipeline(event)
            case "audio-chunk":
                await self._on_audio_chunk(event)
            case "audio-stop":
                self._microphone.close()
            case "detection":
                self._detected = True
            case extensions.INTERRUPT:
                self._on_interrupt(event.data.get("played_samples"), event.data.get("by"))
            case "played":
                self._speaker.on_played()
                self._mended("speaker")
            case "error":
                self._on_fault(event.data.get("code"), event.data.get("text"))
            case extensions.EVENT if event.data.get("kind") == extensions.MIC_BACK:
                self._mended("microphone")
            case commands.DONE if self.commands:
                self.commands.answered(event)
            case _ if self._reports:
                self._reports.take(event)

    async def run(self) -> None:
        """Raises LinkError, in groups, when the satellite is gone; a turn in progress is then cut."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._room.run(), name=f"room of {self._owner.key}")
                tasks.create_task(self._run_turns(), name=f"turns of {self._owner.key}")
        finally:
            self._end_turn()
            self._turn = None  # who waits for quiet waits no longer

    async def _run_turns(self) -> None:
        while True:
            asked = await self._asked.get()
            async with asyncio.TaskGroup() as tasks:
                self._turn = tasks.create_task(
                    self._run_turn(asked), name=f"turn of {self._owner.key}"
                )
            if self._turn.cancelled():
                await self._speaker.stop()
                if not self._odd_format and not self._asked.full():
                    self._show_rest()
            self._turn = None

    def begin(self, asked: Asked) -> None:
        """Begin what is no answer. Raises BusyError while the toy talks or listens."""
        if not self.is_quiet:
            raise BusyError(_("it is in the middle of a talk: try again when it is quiet"))
        self._asked.put_nowait(asked)

    def be_quiet(self) -> None:
        """End the turn in progress."""
        self._end_turn()

    async def ask_anew(self) -> None:
        """Somebody else listens to its room now: what it does ends, and it is to ask again. Raises LinkError."""
        self._end_turn()
        self._on_room_fault("")
        await self._send(RunSatellite().event())

    @property
    def opus(self) -> bool:
        """Its sound is Opus."""
        return self._microphone.opus

    @property
    def is_quiet(self) -> bool:
        """Nobody talks, and nobody is about to."""
        return not (self._microphone.mic or self._turn or self._asked.full())

    def _on_fault(self, part: object, text: object) -> None:
        if fault := self._faults.broke(part, text):
            log.warning("a toy's sound is broken", satellite=self._owner.key, error=fault)
            self._show(SatelliteState.ERROR, str(self._faults))

    def _mended(self, part: str) -> None:
        if self._faults.mended(part) and self._turn is None:
            self._show_rest()

    def _show_rest(self, problem: str = "") -> None:
        problem = problem or str(self._faults) or self._room_fault
        self._show(SatelliteState.ERROR if problem else SatelliteState.ONLINE, problem)

    async def _on_run_pipeline(self, event: Event) -> None:
        start = event.data.get("start_stage")
        if start not in ("wake", "asr"):
            # Words to be spoken come from a checked turn, never from a satellite.
            log.warning("a satellite asked for what only a turn may do", satellite=self._owner.key)
            await self._send(Error("only turns that begin with sound").event())
            return
        self._streams_on = start == "wake" or event.data.get("restart_on_end") is True
        self._odd_format = self._detected = False
        self._mended("microphone")
        self._end_turn()  # the child may speak anew, over the answer
        if start == "asr":
            self._open_mic(held=event.data.get("held") is True)
        elif fault := self._room.objection:
            self._on_room_fault(fault)
            await self._send(PauseSatellite().event())
        elif self._room.wakes_at_any_voice:
            self._open_mic()

    async def _on_woke(self, word: str) -> None:
        """The room's wake word service heard `word`."""
        if self.is_quiet and not self._turns.stopped:
            self._open_mic()
            await self._send(Detection(name=word).event())

    def _on_room_fault(self, fault: str) -> None:
        if fault != self._room_fault:
            self._room_fault = fault
            if self._turn is None:
                self._show_rest()

    def _on_interrupt(self, played_samples: object, by: object) -> None:
        """The toy fell silent by itself; the child's new words follow."""
        if type(played_samples) is not int or not 0 <= played_samples <= MAX_SAMPLES:
            raise LinkError(f"{extensions.INTERRUPT}: played_samples must be a number of samples")
        if self._turn is None or self._microphone.mic is not None:
            return  # the answer is over, or none had begun
        log.info(
            "interrupted", satellite=self._owner.key, by=by if by in extensions.INTERRUPTS else "?"
        )
        self._speaker.on_interrupted(played_samples)
        self._turn.cancel()

    async def _on_audio_chunk(self, event: Event) -> None:
        if self._odd_format:
            return
        if what := odd_format(event):
            await self._refuse_format(what)
            return
        sound = event.payload or b""
        idle = self._microphone.mic is None and self._turn is None
        if idle and not self._turns.stopped:
            if self._detected or (self._streams_on and self._room.wakes_at_any_voice):
                self._open_mic()
            elif self._streams_on:
                self._room.put(sound)
        self._microphone.put(sound)

    async def _refuse_format(self, what: str) -> None:
        """A transcript, too, as a stock satellite goes on streaming after an error."""
        self._odd_format = True
        log.warning("a satellite's sound is refused", satellite=self._owner.key, error=what)
        self._end_turn()
        await self._send(Error(what).event())
        await self._send(Transcript("").event())
        self._show(SatelliteState.ERROR, what)

    def _end_turn(self) -> None:
        """Cut the turn in progress, and forget one that was asked for."""
        self._microphone.close()
        self._room.rest()
        self._forget_asked()
        if self._turn is not None:
            self._turn.cancel()

    def _forget_asked(self) -> None:
        if self._asked.full():
            self._asked.get_nowait()

    def _open_mic(self, *, held: bool = False) -> None:
        self._detected = False
        self._room.rest()
        self._forget_asked()
        self._asked.put_nowait(Asked(self._microphone.open(), held))

    async def _run_turn(self, asked: Asked) -> None:
        turn = SatelliteTurn(asked, self._microphone, self._send, self._show, self._clock)
        self._speaker = turn.speaker
        problem = await turn.run(
            self._turns, self._owner.toy, self._owner.key, streams=self._streams_on
        )
        if not self._odd_format:
            self._show_rest(problem)


class SoundFaults:
    """`str` of it is one line for a parent, "" when nothing is wrong."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}

    def __str__(self) -> str:
        return "; ".join(self._faults.values())

    def broke(self, part: object, why: object) -> str:
        """The new fault; "" when it was known, or is none."""
        if not isinstance(part, str) or part not in PARTS:
            return ""
        reason = printable(why) if isinstance(why, str) else ""
        fault = f"{PARTS[part]}: {reason or f'its {part} does not work'}"
        if fault == self._faults.get(part):
            return ""
        self._faults[part] = fault
        return fault

    def mended(self, part: str) -> bool:
        """Whether it was broken."""
        return bool(self._faults.pop(part, ""))
