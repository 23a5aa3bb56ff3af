"""A hub's control of the toy, from its `run-satellite` until it goes: the turns, seen from here.

idle ──a voice, a button──▶ listening ──transcript, voice-stopped, the button let go──▶ thinking
 ▲                                │ an empty transcript                                     │ audio-start
 └────────────────────────────────┴─────────────── played, interrupted ◀── speaking ◀───────┘

After an answer it may be listening on for some seconds, in which any voice begins the next turn.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from wyoming.error import Error
from wyoming.event import Event

from satellite.audio.jitter import PacketCounts
from satellite.audio.microphone import AudioSource, MicrophoneCapture
from satellite.audio.player import Player
from satellite.audio.speaker import AudioSink
from satellite.board.panel import ANSWERED, QUIET, READY, Panel, State
from satellite.clock import Clock, happens
from satellite.commands import CommandContext
from satellite.errors import DeviceError
from satellite.link import HubLink, TurnSender
from satellite.wake.turn_start import Waker
from satellite.wire.extensions import EVENT, INTERRUPT, LULLS, MIC_BACK, form_of, skipped_by
from satellite.wire.frame import AudioFrame
from satellite.wire.stream import WireError

MAX_STREAM_S: Final = 35.0
MAX_THINKING_S: Final = 60.0
ERROR_SHOWN_S: Final = 2.0
IDENTIFYING_S: Final = 4.0
RINGS: Final = 3
"""A timer that has run out is rung so often, each as long as that."""

OF_A_TURN: Final = ("voice-stopped", "transcript", "audio-start")
"""What a hub says of the turn that listens or has just been heard."""

_log = logging.getLogger(__name__)


class SatelliteSession:
    def __init__(
        self,
        link: HubLink,
        microphone: AudioSource,
        speaker: AudioSink,
        waker: Waker,
        panel: Panel,
        clock: Clock,
        home: CommandContext | None = None,
    ) -> None:
        """`home` obeys what a hub of ours wants beside turns."""
        self.link = link
        self._ear = MicrophoneCapture(microphone, clock)
        self._waker = waker
        self._panel = panel
        self._clock = clock
        self._uplink = TurnSender(link)
        counts = home.vitals.packets if home else PacketCounts()
        self._player = Player(speaker, clock, self._reply_ended, counts)
        self._state = State.STARTING
        self._longest_s: float | None = None
        self._changed = asyncio.Event()
        self._paused = False
        self._muted = home is not None and home.settings.now.mute
        self._listen_if_wanted()
        trusted = home is not None and link.is_ours and link.encrypted
        self._commands = home.handler(self) if home is not None and trusted else None
        self._held = False
        """A button began the turn that listens now."""
        self._let_go = False
        """The button that began the turn was let go."""
        self._voice_noticed = False
        self._answers = False
        """What the toy says now is the answer to a turn."""
        self._rings = 0
        """So often a timer that has run out is yet to be rung."""

    async def run(self) -> None:
        """Until cancelled. A lost hub is a WireError in the group."""
        self._waker.ignore()  # what was heard under another hub
        self._rest()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ear.run(self), name="microphone")
            tasks.create_task(self._player.run(), name="player")
            tasks.create_task(self._leave_long_states(), name="deadlines")
            if self._commands is not None:
                tasks.create_task(self._commands.run(), name="commands")

    def handle(self, event: Event | AudioFrame) -> None:
        """What the controlling hub says, and its sound. Raises WireError when it makes no sense."""
        if isinstance(event, AudioFrame):
            self._player.feed_frame(event)
            return
        speaking, listening = self._state is State.SPEAKING, self._state is State.LISTENING
        match event.type:
            case "run-satellite" | "pause-satellite":
                self._paused = event.type == "pause-satellite"
                self._listen_if_wanted()
                if not speaking:
                    self._rest()
            case kind if kind in OF_A_TURN and self._is_of_the_turn_before(event):
                pass
            case "transcript" if listening or self._state is State.THINKING:
                text = event.data.get("text")
                if isinstance(text, str) and text.strip():
                    self._become(State.THINKING, MAX_THINKING_S)
                else:  # nobody spoke
                    self._rest()
            case "voice-started" if listening:
                self._voice_noticed = True
            case "voice-stopped" if listening:
                self._become(State.THINKING, MAX_THINKING_S)
            case "error":
                self._player.stop()
                if not speaking:
                    self._become(State.ERROR, ERROR_SHOWN_S)
            case "audio-start":
                if self.link.speaks_opus:
                    self._player.start_frames(skipped_by(event))
                else:
                    self._player.start(*form_of(event))
                lulls = event.data.get(LULLS) is True
                self._panel.dim(lulls)
                if not speaking:
                    self._answers = self._state in ANSWERED and not lulls
                self._become(State.SPEAKING)
            case "audio-chunk":
                self._player.feed(event.payload or b"")
            case "audio-stop":
                self._player.stop()
            case "timer-finished":
                self._rings = RINGS
                if self._state in QUIET:
                    self._rest()
            case _ if self._commands is not None:
                self._commands.take(event)

    def _is_of_the_turn_before(self, event: Event) -> bool:
        """It crossed a press: a hub of ours has noticed no voice since. No text says: there is no turn."""
        unnoticed = self._held and not self._voice_noticed
        return unnoticed and self.link.is_ours and event.data.get("text") != ""

    def mute(self, muted: bool) -> None:
        """Nothing of the microphone leaves the toy from now on, or again."""
        if muted == self._muted:
            return
        self._muted = muted
        self._listen_if_wanted()
        if self._state in QUIET:
            self._rest()

    def trigger(self) -> bool:
        """Begin a turn with the next sound, if the toy is idle and not paused; False when it isn't."""
        if ready := self._state in READY and self._ear.is_wanted:
            self._waker.trigger()
        return ready

    def stop_listening(self) -> None:
        """The turn that listens now, if one does, has heard all."""
        self._let_go = self._state is State.LISTENING

    def identify(self) -> bool:
        """Blink and chirp for a while, unless it is in the middle of something."""
        if self._state not in QUIET:
            return False
        self._become(State.IDENTIFYING, IDENTIFYING_S)
        self._player.chirp()
        return True

    def press(self) -> None:
        """A button goes down: the toy falls silent and listens until `release`."""
        self._rings = 0
        if self._state is State.SPEAKING:
            self.interrupt("tap")
        elif self._state not in (State.IDLE, State.LISTENING):
            self._rest()
        if self._state is State.IDLE and self._ear.is_wanted:
            self._held, self._voice_noticed = True, False
            self._waker.trigger()

    def release(self) -> None:
        """The button comes up: the turn that it began listens no longer."""
        self._let_go = self._held

    def emergency(self) -> None:
        """Be silent, and ask the hub to silence all toys."""
        self.stop_listening()
        self.interrupt("command")
        if self._commands is not None:
            self._commands.call_emergency()

    def next_child(self) -> bool:
        """Ask the hub to go on to the next of the toy's children; False where that is nothing for the button."""
        return self._commands is not None and self._commands.ask_next_child()

    @property
    def hears_a_voice(self) -> bool:
        """Whether the hub noticed one in the turn that listens now."""
        return self._state is State.LISTENING and self._voice_noticed

    def interrupt(self, by: str) -> None:
        """Whoever interrupts (a tap, a voice, a word): the reply is silent at once and over."""
        if self._state is State.SPEAKING:
            _log.info("interrupted by a %s", by)
            told = {"played_samples": self._player.interrupt(), "by": by}
            if self.link.is_ours:
                with suppress(WireError):  # a link that is gone is noticed where it is read
                    self.link.send(Event(INTERRUPT, told))
            self._rest()

    def heard(self, chunk: bytes) -> None:
        if self._state is State.LISTENING:
            self._waker.ignore()
            self._uplink.send(chunk)
        elif self._state is State.SPEAKING:
            by, begin = self._waker.hear_over(chunk)
            if by:
                self.interrupt(by)
                self._begin_turn(begin)
        elif self._state not in READY:
            self._waker.ignore()
        elif begin := self._waker.hear(chunk, follows_up=self._state is State.LISTENING_ON):
            self._begin_turn(begin)
        if self._let_go:
            self.hears_no_more()

    def _begin_turn(self, begin: Sequence[bytes]) -> None:
        """`begin` is the sound of it so far."""
        self._voice_noticed = False
        self._panel.dim(False)
        self._become(State.LISTENING, MAX_STREAM_S)  # shown before any sound leaves
        self._uplink.begin(held=self._held, word=self._waker.heard_word)
        for chunk in begin:
            self._uplink.send(chunk)

    def hears_no_more(self) -> None:
        """The toy's own end of what it says, before the hub found one."""
        if self._state is State.LISTENING:
            self._become(State.THINKING, MAX_THINKING_S)
            self._uplink.end()

    def became_deaf(self, error: DeviceError) -> None:
        self._waker.ignore()
        listened = self._state is State.LISTENING
        if listened or self._state in READY:
            self._become(State.ERROR)
        if listened:
            self._uplink.end()
        self.link.send(Error(str(error), "microphone").event())

    def hears_again(self) -> None:
        if self._state is State.ERROR:
            self._rest()
        if self.link.is_ours:
            self.link.send(Event(EVENT, {"kind": MIC_BACK}))

    async def _reply_ended(self, heard_samples: int, error: DeviceError | None) -> None:
        if error is None:
            ours = {"samples": heard_samples} if self.link.is_ours else {}
            await self.link.write(Event("played", ours))
        else:
            _log.error("speaker: %s", error)
            await self.link.write(Error(str(error), "speaker").event())
        if self._player.replies == 0 and self._state is State.SPEAKING:
            if error is not None:
                self._become(State.ERROR, ERROR_SHOWN_S)
            elif self._answers and self._ear.hears and (follow_up_s := self._waker.follow_up_s):
                self._become(State.LISTENING_ON, follow_up_s)
            else:
                self._rest()

    async def _leave_long_states(self) -> None:
        while True:
            self._changed.clear()
            if await happens(self._changed, self._clock, self._longest_s):
                continue
            if self._state is State.LISTENING:
                self.hears_no_more()
            else:
                self._rest()

    def _rest(self) -> None:
        """Between turns: ready for the next one, or showing that it may not or can't hear one."""
        deaf = State.ERROR if self._ear.is_deaf else State.IDLE
        self._become(State.MUTED if self._muted or self._paused else deaf)
        if self._rings:
            self._rings -= 1
            self.identify()

    def _listen_if_wanted(self) -> None:
        wanted = not self._paused and not self._muted
        self._ear.want(wanted)
        if not wanted:
            self._waker.ignore()  # a press that nothing was heard after, too

    def _become(self, state: State, longest_s: float | None = None) -> None:
        if state is not State.LISTENING:
            self._held = self._let_go = False
        self._longest_s = longest_s
        self._changed.set()
        if state is not self._state:
            self._state = state
            self._panel.show(state)
