"""Turns over one connection: a satellite's events to the pipeline, and the turn's events back to the satellite.

A satellite asks for a turn with `run-pipeline` and streams its microphone until it is told the transcript.
One that has no ears of its own (`start_stage: wake`, as a stock satellite without a wake word) asks once and
streams for ever: each turn then begins with the first sound after the turn before.
"""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from wyoming.asr import Transcript
from wyoming.error import Error
from wyoming.event import Event
from wyoming.vad import VoiceStarted, VoiceStopped

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.talk import PARENT
from hub.domain.toys import SatelliteState, Toy
from hub.errors import LinkError, PommaiError, RefusedError, StoppedError
from hub.pipeline.events import Audio, Heard, SpeechEnded, SpeechStarted, TurnEvent
from hub.pipeline.services import Ask
from hub.voice.connection import Send
from hub.voice.desk import Desk
from hub.voice.frames import MicFrames
from hub.voice.identity import printable
from hub.voice.microphone import Microphone
from hub.voice.speaker import Speaker
from satellite import wire_home, wire_pack
from satellite.wire import WireError
from satellite.wire_frame import Frame
from satellite.wire_home import Report
from satellite.wire_ours import INTERRUPT, INTERRUPTS, MIC_BACK
from satellite.wire_pack import Offline

log = structlog.get_logger()

FAULTS: Final = {"microphone": "it can't hear", "speaker": "it can't be heard"}
"""What a toy's `error` may be about, by its code."""
MIC_FORMAT: Final = (SPEECH_RATE_HZ, SAMPLE_BYTES, 1)


class Turns(Protocol):
    """What a session needs of the pipeline."""

    @property
    def stopped(self) -> bool:
        """The emergency stop is on: a turn would raise StoppedError."""
        ...

    def turn(self, ask: Ask, /) -> AbstractAsyncContextManager[AsyncIterable[TurnEvent]]: ...


class Told(Protocol):
    """Who hears what a satellite of ours tells of itself."""

    def vitals(self, report: Report) -> None: ...

    def emergency(self) -> None:
        """Somebody at the satellite wants all toys to be silent."""
        ...

    def absence(self, told: Offline) -> None:
        """What it said by itself; to be acknowledged."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """A turn that the satellite asked for, or a line that it is to say."""

    mic: Microphone | None = None
    held: bool = False
    line: SafeText | None = None


class Session:
    """`receive` gets what the satellite sends; `run` runs its turns, one after the other."""

    def __init__(
        self,
        satellite_key: str,
        toy: Callable[[], Awaitable[Toy]],
        turns: Turns,
        send: Send,
        show: Callable[[SatelliteState, str], None],
        clock: Clock,
        told: Told | None = None,
    ) -> None:
        """`toy` gives the satellite's toy as it is now; `show` tells of the live state.

        `told` belongs to a paired satellite of ours, which alone may be ordered about.
        """
        self.desk = Desk(send, clock) if told else None
        self._told = told
        self._key = satellite_key
        self._toy = toy
        self._turns = turns
        self._send = send
        self._show = show
        self._clock = clock
        self._asked: asyncio.Queue[_Asked] = asyncio.Queue(1)
        self._mic: Microphone | None = None
        """Where its sound goes now; None when nobody listens."""
        self._turn: asyncio.Task[None] | None = None
        self._speaker = Speaker(send, clock)
        self._transcribed = False
        """The turn's transcript was sent."""
        self._opus = False
        self._frames: MicFrames | None = None
        """The microphone's, where its sound comes so."""
        self._streams_on = False
        """It streams without being asked; see above."""
        self._odd_format = False
        self._faults: dict[str, str] = {}
        """What is wrong with its microphone and its speaker, as far as it said."""

    def begin(self, *, opus: bool) -> None:
        """`opus`: sound comes and goes in frames."""
        self._opus = opus

    async def receive(self, event: Event | Frame) -> None:
        """Take what came. Never waits for a turn. Raises LinkError when the answer can't be sent."""
        if isinstance(event, Frame):
            self._on_frame(event)
            return
        match event.type:
            case "run-pipeline":
                await self._on_run_pipeline(event)
            case "audio-chunk":
                await self._on_audio_chunk(event)
            case "audio-stop":
                self._close_mic()
            case _ if event.type == INTERRUPT:
                self._on_interrupt(event.data.get("played_samples"), event.data.get("by"))
            case "played":
                self._speaker.on_played()
                self._mended("speaker")
            case "error":
                self._on_fault(event.data.get("code"), event.data.get("text"))
            case "pommai-event" if event.data.get("kind") == MIC_BACK:
                self._mended("microphone")
            case _ if self.desk and self._told:
                self._on_housekeeping(event, self.desk, self._told)

    async def run(self) -> None:
        """Raises LinkError when the satellite is gone; a turn in progress is then cut."""
        while True:
            asked = await self._asked.get()
            async with asyncio.TaskGroup() as tasks:
                self._turn = tasks.create_task(self._run_turn(asked), name=f"turn of {self._key}")
            if self._turn.cancelled():
                await self._speaker.stop()
            self._turn = None

    def say(self, line: SafeText) -> None:
        """Begin to say a line that is no answer. Raises RefusedError while the toy talks or listens."""
        if not self.is_quiet:
            raise RefusedError("it is in the middle of a talk: try again when it is quiet")
        self._asked.put_nowait(_Asked(line=line))

    def be_quiet(self) -> None:
        """End the turn in progress."""
        self._end_turn()

    def _on_housekeeping(self, event: Event, desk: Desk, told: Told) -> None:
        match event.type:
            case wire_home.DONE:
                desk.answered(event)
            case wire_home.REPORT:
                told.vitals(wire_home.Report.from_data(event.data))
            case wire_pack.OFFLINE:
                told.absence(_offline(event))
            case "pommai-event" if event.data.get("kind") == wire_home.EMERGENCY:
                told.emergency()

    @property
    def opus(self) -> bool:
        """Its sound is Opus."""
        return self._opus

    @property
    def is_quiet(self) -> bool:
        """Nobody talks, and nobody is about to."""
        return not (self._mic or self._turn or self._asked.full())

    @property
    def _fault(self) -> str:
        return "; ".join(self._faults.values())

    def _on_fault(self, part: object, text: object) -> None:
        if not isinstance(part, str) or part not in FAULTS:
            return
        why = printable(text) if isinstance(text, str) else ""
        fault = f"{FAULTS[part]}: {why or f'its {part} does not work'}"
        if fault != self._faults.get(part):
            self._faults[part] = fault
            log.warning("a toy's sound is broken", satellite=self._key, error=fault)
            self._show(SatelliteState.ERROR, self._fault)

    def _mended(self, part: str) -> None:
        if self._faults.pop(part, "") and self._turn is None:
            self._show(SatelliteState.ERROR if self._faults else SatelliteState.ONLINE, self._fault)

    async def _on_run_pipeline(self, event: Event) -> None:
        start = event.data.get("start_stage")
        if start not in ("wake", "asr"):
            # Words to be spoken come from a checked turn, never from a satellite.
            log.warning("a satellite asked for what only a turn may do", satellite=self._key)
            await self._send(Error("only turns that begin with sound").event())
            return
        self._streams_on = start == "wake" or event.data.get("restart_on_end") is True
        self._odd_format = False
        self._mended("microphone")
        self._end_turn()  # the child may speak anew, over the answer
        self._frames = MicFrames(self._clock) if self._opus else None
        self._open_mic(held=event.data.get("held") is True)

    def _on_frame(self, frame: Frame) -> None:
        if self._mic is not None and self._frames is not None:
            for chunk in self._frames.take(frame):
                self._mic.put(chunk)

    def _on_interrupt(self, played_samples: object, by: object) -> None:
        """The toy fell silent by itself; the child's new words follow."""
        if type(played_samples) is not int or played_samples < 0:
            raise LinkError(f"{INTERRUPT}: played_samples must be a number of samples")
        if self._turn is None or self._mic is not None:
            return  # the answer is over, or none had begun
        log.info("interrupted", satellite=self._key, by=by if by in INTERRUPTS else "?")
        self._speaker.on_interrupted(played_samples)
        self._turn.cancel()

    async def _on_audio_chunk(self, event: Event) -> None:
        if self._odd_format:
            return
        fields = [event.data.get(name) for name in ("rate", "width", "channels")]
        got = tuple(value if isinstance(value, int) else None for value in fields)
        sound = event.payload or b""
        if got != MIC_FORMAT or len(sound) % SAMPLE_BYTES:
            await self._refuse_format(printable(str(got)))
            return
        idle = self._mic is None and self._turn is None
        if idle and self._streams_on and not self._turns.stopped:
            self._open_mic()
        if self._mic is not None:
            self._mic.put(PcmChunk(sound))

    async def _refuse_format(self, got: str) -> None:
        """A transcript, too, as a stock satellite goes on streaming after an error."""
        self._odd_format = True
        what = f"sends sound as {got}, not as {MIC_FORMAT} (Hz, bytes, channels)"
        log.warning("a satellite's sound is refused", satellite=self._key, error=what)
        self._end_turn()
        await self._send(Error(what).event())
        await self._send(Transcript("").event())
        self._show(SatelliteState.ERROR, what)

    def _end_turn(self) -> None:
        """Cut the turn in progress, and forget one that was asked for."""
        self._close_mic()
        self._forget_asked()
        if self._turn is not None:
            self._turn.cancel()

    def _forget_asked(self) -> None:
        if self._asked.full():
            self._asked.get_nowait()

    def _open_mic(self, *, held: bool = False) -> None:
        self._forget_asked()
        self._mic = Microphone()
        self._asked.put_nowait(_Asked(self._mic, held))

    def _close_mic(self) -> None:
        frames, self._frames = self._frames, None
        if frames is not None and (frames.lost or frames.late):
            log.info(
                "some of a toy's sound did not come in time",
                satellite=self._key,
                lost=frames.lost,
                late=frames.late,
                concealed=frames.concealed,
            )
        if self._mic is not None:
            self._mic.close()
            self._mic = None

    async def _run_turn(self, asked: _Asked) -> None:
        self._speaker = speaker = Speaker(self._send, self._clock, opus=self._opus)
        self._transcribed = False
        problem = ""
        if asked.line is None:
            self._show(SatelliteState.LISTENING, "")
        try:
            ask = Ask(
                await self._toy(),
                "satellite" if asked.line is None else PARENT,
                audio=asked.mic,
                line=asked.line,
                held=asked.held,
                satellite_key=self._key,
                played_ms=lambda: speaker.played_ms,
            )
            async with self._turns.turn(ask) as events:
                async for event in events:
                    await self._tell(event)
        except LinkError:
            raise
        except StoppedError as error:
            log.info("no turn", satellite=self._key, reason=str(error))
            await self._send(Error(str(error)).event())
        except PommaiError as error:
            problem = str(error)
            log.warning("a turn failed", satellite=self._key, error=problem)
            await self._send(Error("the turn failed; the hub's log says why").event())
        if asked.mic is not None and asked.mic is self._mic:
            self._close_mic()
        if asked.line is None and not self._transcribed and not self._streams_on:
            await self._send(Transcript("").event())  # else it streams or waits for ever
        await self._speaker.finish()
        problem = problem or self._fault
        if not self._odd_format:
            self._show(SatelliteState.ERROR if problem else SatelliteState.ONLINE, problem)

    async def _tell(self, event: TurnEvent) -> None:
        match event:
            case SpeechStarted():
                await self._send(VoiceStarted().event())
            case SpeechEnded():
                self._close_mic()
                await self._send(VoiceStopped().event())
                self._show(SatelliteState.THINKING, "")
            case Heard(transcript):
                self._transcribed = True
                await self._send(Transcript(transcript.text).event())
            case Audio(chunk):
                self._show(SatelliteState.SPEAKING, "")
                await self._speaker.play(chunk)


def _offline(event: Event) -> Offline:
    """Raises LinkError."""
    try:
        return Offline.from_event(event)
    except WireError as error:
        raise LinkError(str(error)) from error
