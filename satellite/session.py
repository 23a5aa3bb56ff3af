"""A hub's control of the toy, from its `run-satellite` until it goes: the turns, seen from here.

idle ──a voice, a button──▶ listening ──transcript, voice-stopped, the button let go──▶ thinking
 ▲                                │ an empty transcript                                     │ audio-start
 └────────────────────────────────┴─────────────── played, interrupted ◀── speaking ◀───────┘
"""

import asyncio
import logging
from typing import Final

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioFormat, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.snd import Played
from wyoming.vad import VoiceStarted, VoiceStopped

from satellite.clock import Clock, backoff_s
from satellite.errors import DeviceError
from satellite.link import Link
from satellite.microphone import Microphone
from satellite.orders import Home
from satellite.panel import Panel, State
from satellite.pcm import RATE_HZ, SAMPLE_BYTES
from satellite.player import Player
from satellite.speaker import Speaker
from satellite.wake import Waker
from satellite.wire import WireError
from satellite.wire_ours import EVENT, MIC_BACK

LONGEST_STREAM_S: Final = 35.0
LONGEST_THINKING_S: Final = 60.0
ERROR_SHOWN_S: Final = 2.0
IDENTIFYING_S: Final = 4.0
QUIET: Final = (State.IDLE, State.MUTED, State.ERROR)
"""Nothing goes on that should not be disturbed."""

_AUDIO_START: Final = AudioStart(RATE_HZ, SAMPLE_BYTES, 1).event()
_log = logging.getLogger(__name__)


class Session:
    def __init__(
        self,
        link: Link,
        microphone: Microphone,
        speaker: Speaker,
        waker: Waker,
        panel: Panel,
        clock: Clock,
        home: Home | None = None,
    ) -> None:
        """`home` obeys what a hub of ours wants beside turns."""
        self.link = link
        self._microphone = microphone
        self._waker = waker
        self._panel = panel
        self._clock = clock
        self._player = Player(speaker, clock, self._reply_ended)
        self._state = State.STARTING
        self._longest_s: float | None = None
        self._changed = asyncio.Event()
        self._wanted = asyncio.Event()  # cleared while the hub has paused or muted us
        self._paused = False
        self._muted = home is not None and home.settings.now.mute
        self._listen_if_wanted()
        trusted = home is not None and link.is_ours and link.encrypted
        self._orders = home.orders(self) if home is not None and trusted else None
        self._deaf = False
        self._held = False
        """A button began the turn that listens now …"""
        self._let_go = False
        """… and was let go."""
        self._voice_noticed = False

    async def run(self) -> None:
        """Until cancelled. A lost hub is a WireError in the group."""
        self._waker.ignore()  # what was heard under another hub
        self._rest()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(), name="microphone")
            tasks.create_task(self._player.run(), name="player")
            tasks.create_task(self._leave_long_states(), name="deadlines")
            if self._orders is not None:
                tasks.create_task(self._orders.run(), name="orders")

    def handle(self, event: Event) -> None:
        """What the controlling hub says. Raises WireError when it makes no sense."""
        kind, speaking = event.type, self._state is State.SPEAKING
        if RunSatellite.is_type(kind) or PauseSatellite.is_type(kind):
            self._paused = PauseSatellite.is_type(kind)
            self._listen_if_wanted()
            if not speaking:
                self._rest()
        elif Transcript.is_type(kind) and self._state in (State.LISTENING, State.THINKING):
            self._understood(event.data.get("text"))
        elif VoiceStarted.is_type(kind) and self._state is State.LISTENING:
            self._voice_noticed = True
        elif VoiceStopped.is_type(kind) and self._state is State.LISTENING:
            self._become(State.THINKING, LONGEST_THINKING_S)
        elif Error.is_type(kind):
            self._player.stop()
            if not speaking:
                self._become(State.ERROR, ERROR_SHOWN_S)
        elif AudioStart.is_type(kind):
            self._player.start(_sound(event))
            self._become(State.SPEAKING)
        elif AudioChunk.is_type(kind):
            self._player.feed(event.payload or b"")
        elif AudioStop.is_type(kind):
            self._player.stop()
        elif self._orders is not None:
            self._orders.take(event)

    def mute(self, muted: bool) -> None:
        """Nothing of the microphone leaves the toy from now on, or again."""
        self._muted = muted
        self._listen_if_wanted()
        if self._state in QUIET:
            self._rest()

    def trigger(self) -> bool:
        """Begin a turn with the next sound, if the toy is idle and not paused; False when it isn't."""
        ready = self._state is State.IDLE and self._wanted.is_set()
        if ready:
            self._waker.trigger()
        return ready

    def stop_listening(self) -> bool:
        """The turn that listens now has heard all; False when none does."""
        self._let_go = self._state is State.LISTENING
        return self._let_go

    def be_quiet(self) -> bool:
        """The reply ends; False when there is none."""
        speaking = self._state is State.SPEAKING
        self.interrupt("command")
        return speaking

    def identify(self) -> bool:
        """Blink and chirp for a while, unless it is in the middle of something."""
        if self._state not in QUIET:
            return False
        self._become(State.IDENTIFYING, IDENTIFYING_S)
        self._player.chirp()
        return True

    def press(self) -> None:
        """A button goes down: the toy falls silent and listens until `release`."""
        if self._state is State.SPEAKING:
            self.interrupt("tap")
        elif self._state in (State.THINKING, State.ERROR, State.IDENTIFYING):
            self._rest()
        if self._state is State.IDLE and self._wanted.is_set():
            self._held = True
            self._waker.trigger()

    def release(self) -> None:
        """The button comes up: the turn that it began listens no longer."""
        self._let_go = self._held

    def emergency(self) -> None:
        """Be silent, and ask the hub to silence all toys."""
        self.stop_listening()
        self.be_quiet()
        if self._orders is not None:
            self._orders.call_emergency()

    @property
    def hears_a_voice(self) -> bool:
        """Whether the hub noticed one in the turn that listens now."""
        return self._state is State.LISTENING and self._voice_noticed

    def interrupt(self, by: str) -> None:
        """Whoever interrupts (a tap, a voice, a word): the reply is silent at once and over."""
        if self._state is State.SPEAKING:
            _log.info("interrupted by a %s", by)
            self._player.interrupt()
            self._rest()

    def _understood(self, text: object) -> None:
        if isinstance(text, str) and text.strip():
            self._become(State.THINKING, LONGEST_THINKING_S)
        else:  # nobody spoke
            self._rest()

    async def _listen(self) -> None:
        pauses_s = backoff_s()
        while True:
            await self._wanted.wait()
            try:
                while self._wanted.is_set():
                    chunk = await self._microphone.read()
                    if self._deaf:
                        pauses_s = backoff_s()
                        await self._hears_again()
                    if self._wanted.is_set():
                        await self._heard(chunk)
                await self._end_stream()
            except DeviceError as error:
                await self._became_deaf(error)
                await self._clock.sleep(next(pauses_s))
            finally:
                await self._microphone.aclose()

    async def _heard(self, chunk: bytes) -> None:
        if self._state is not State.IDLE:
            self._waker.ignore()
            await self._stream(chunk)
        elif begin := self._waker.hear(chunk):
            await self._begin_turn()
            for earlier in begin:
                await self._stream(earlier)
        if self._let_go:
            await self._end_stream()

    async def _begin_turn(self) -> None:
        self._voice_noticed = False
        self._become(State.LISTENING, LONGEST_STREAM_S)  # shown before any sound leaves
        run = RunPipeline(PipelineStage.ASR, PipelineStage.TTS).event()
        if self._held:
            run.data["held"] = True  # the hub then waits for our audio-stop, not for silence
        await self.link.write(run)
        await self.link.write(_AUDIO_START)

    async def _end_stream(self) -> None:
        """The toy's own end of what it says, before the hub found one."""
        if self._state is State.LISTENING:
            self._become(State.THINKING, LONGEST_THINKING_S)
            await self.link.write(AudioStop().event())

    async def _stream(self, chunk: bytes) -> None:
        if self._state is State.LISTENING:
            await self.link.write(AudioChunk(RATE_HZ, SAMPLE_BYTES, 1, chunk).event())

    async def _became_deaf(self, error: DeviceError) -> None:
        """Said and shown once; it is tried again until it works."""
        if self._deaf:
            _log.debug("microphone: %s", error)
            return
        _log.error("microphone: %s; trying until it works", error)
        self._deaf = True
        listened = self._state is State.LISTENING
        if self._state in (State.LISTENING, State.IDLE):
            self._become(State.ERROR)
        if listened:
            await self.link.write(AudioStop().event())
        await self.link.write(Error(str(error), "microphone").event())

    async def _hears_again(self) -> None:
        _log.info("the microphone is back")
        self._deaf = False
        self._rest_if(State.ERROR)
        if self.link.is_ours:
            await self.link.write(Event(EVENT, {"kind": MIC_BACK}))

    async def _reply_ended(self, error: DeviceError | None) -> None:
        if error is None:
            await self.link.write(Played().event())
        else:
            _log.error("speaker: %s", error)
            await self.link.write(Error(str(error), "speaker").event())
        if self._player.replies == 0 and self._state is State.SPEAKING:
            if error is None:
                self._rest()
            else:
                self._become(State.ERROR, ERROR_SHOWN_S)

    async def _leave_long_states(self) -> None:
        while True:
            self._changed.clear()
            try:
                async with self._clock.timeout(self._longest_s):
                    await self._changed.wait()
            except TimeoutError:
                if self._state is State.LISTENING:
                    await self._end_stream()
                else:
                    self._rest()

    def _rest_if(self, state: State) -> None:
        if self._state is state:
            self._rest()

    def _rest(self) -> None:
        """Between turns: ready for the next one, or showing that it may not or can't hear one."""
        deaf = State.ERROR if self._deaf else State.IDLE
        self._become(State.MUTED if self._muted else deaf)

    def _listen_if_wanted(self) -> None:
        if self._paused or self._muted:
            self._wanted.clear()
        else:
            self._wanted.set()

    def _become(self, state: State, longest_s: float | None = None) -> None:
        if state is not State.LISTENING:
            self._held = self._let_go = False
        self._longest_s = longest_s
        self._changed.set()
        if state is not self._state:
            self._state = state
            self._panel.show(state)


def _sound(event: Event) -> AudioFormat:
    rate, width, channels = (event.data.get(key) for key in ("rate", "width", "channels"))
    if type(rate) is int and 8_000 <= rate <= 48_000 and width == 2 and channels in (1, 2):
        return AudioFormat(rate, 2, channels)
    raise WireError("audio-start: must be 16-bit PCM, mono or stereo, at 8000 to 48000 Hz")
