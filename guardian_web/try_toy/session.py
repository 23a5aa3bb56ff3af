"""One grown-up's talk with a toy in the browser, over a WebSocket: the same turns as everywhere.

From the page come the messages of `guardian_web.try_toy.line` and, in binary, its microphone: 16 kHz, 16 bits,
mono. To the page go JSON messages, each with the number of its `turn` in this talk:

    state {state}                        listening, hearing, thinking, speaking or idle
    interim_transcript {text}            words so far, not checked
    final_transcript {text}
    refused {whose, about, reason}
    llm_response {text}                  a clause that is about to sound, or the name of a sound without words
    tts_audio {rate_hz}                  what comes in binary from now on is this turn's sound
    interrupted {}                       no more of it comes; what waits must not sound
    finished {outcome, page, first_sound_ms}
    error {message}                      the hub hangs up after it

Hands-free, the hub listens to the next turn while it answers this one; a voice found there cuts the
answer, and its first words are not lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from guardian_web.talks.cards import why_of
from guardian_web.try_toy.line import FromPage, Interrupt, Played, Start, Stop, TryLine, Typed
from hub.core.hub import Hub
from hub.core.talks.talks import (
    Ask,
    Audio,
    Finished,
    Heard,
    Interim,
    MicrophoneStream,
    Refused,
    Said,
    Sounds,
    SpeakerStream,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
    follow,
)
from hub.domain.audio import SPEECH_RATE_HZ, PcmChunk
from hub.domain.clock import Clock
from hub.domain.talks.talk import PAGE, Turn
from hub.domain.toys import Toy
from hub.domain.words import SOUND_WORDS
from hub.errors import NotFoundError, PommaiError, RefusedError, StoppedError, leaves
from hub.translation import gettext as _
from hub.translation import marked

IDLE_S: Final = 120.0
"""Without a word, after which the microphone is let go."""

BEGIN_FIRST: Final = marked("A talk begins with the choice of a toy. Please load the page again.")

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class TriedTurn:
    """One turn of this talk: what it begins with, and how much of its answer was sent and played."""

    number: int
    speaker: SpeakerStream
    mic: MicrophoneStream | None = None
    text: str | None = None
    held: bool = False
    task: asyncio.Task[None] = field(init=False)


class TrySession:
    """`run` returns when the page went, or was told why the hub hangs up."""

    def __init__(
        self,
        hub: Hub,
        line: TryLine,
        clock: Clock,
        signed_in: Callable[[], Awaitable[object]],
    ) -> None:
        self._hub = hub
        self._line = line
        self._clock = clock
        self._signed_in = signed_in
        self._toy_id = ""
        """One toy a talk."""
        self._hands_free = False
        self._turns: set[TriedTurn] = set()
        """Those in progress: the one that is answered, and the one that listens ahead."""
        self._front: TriedTurn | None = None
        """The one whose answer sounds, or will."""
        self._mic: MicrophoneStream | None = None
        """Where the sound goes now; None when nobody listens."""
        self._count = 0
        self._used_at = clock.monotonic()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._read_messages()
                self._cut(self._turns)
        except* ConnectionError:
            log.debug("the page of a talk went")
        except* StoppedError:
            await self._line.hang_up(
                _("All toys are stopped. Let them talk again first, at the top of this page.")
            )
        except* PommaiError as errors:
            await self._line.hang_up(str(leaves(errors)[0]))
        except* TimeoutError:
            log.info("the page of a talk reads no more")
        except* Exception:
            log.exception("a talk on the pages broke")
            await self._line.hang_up(_("Something went wrong in the hub; its log says what."))

    async def _read_messages(self) -> None:
        """Until the page closes its end."""
        while (message := await self._next_message()) is not None:
            if isinstance(message, PcmChunk):
                self._on_sound(message)
            else:
                await self._on_message(message)

    async def _next_message(self) -> FromPage | PcmChunk | None:
        left_s = self._used_at + IDLE_S - self._clock.monotonic()
        try:
            async with self._clock.timeout(max(0.0, left_s)):
                return await self._line.receive()
        except TimeoutError as error:
            raise RefusedError(_("Nobody said anything for two minutes.")) from error

    def _on_sound(self, chunk: PcmChunk) -> None:
        if not self._toy_id:
            raise RefusedError(_(BEGIN_FIRST))
        if self._mic is not None:
            self._mic.put(chunk)

    async def _on_message(self, message: FromPage) -> None:
        if not self._toy_id and not isinstance(message, Start):
            raise RefusedError(_(BEGIN_FIRST))
        if not isinstance(message, Played):
            self._used_at = self._clock.monotonic()
        match message:
            case Start(toy=toy, mode=mode):
                if self._toy_id not in ("", toy):
                    raise RefusedError(
                        _("A talk is with one toy only. Please load the page again.")
                    )
                self._toy_id = toy
                self._hands_free = mode == "hands-free"
                if mode == "push":
                    await self._silence(self._turns)
                    self._listen(held=True)
                elif mode == "hands-free":
                    await self._silence(self._turns - {self._front})
                    self._listen()
            case Stop():
                self._hands_free = False
                self._close_mic()
            case Typed(text=text):
                await self._silence(self._turns)
                self._close_mic()
                self._front = self._begin(text=text)
                if self._hands_free:
                    self._listen()
            case Interrupt():
                await self._silence({self._front} if self._front else ())
                await self._line.tell("state", self._count, state=self._at_rest)
            case Played(turn=turn, ms=ms):
                if self._front is not None and self._front.number == turn:
                    self._front.speaker.on_played(ms)

    def _listen(self, *, held: bool = False) -> None:
        self._mic = MicrophoneStream()
        turn = self._begin(mic=self._mic, held=held)
        if held:
            self._front = turn

    def _close_mic(self) -> None:
        if self._mic is not None:
            self._mic.close()
            self._mic = None

    def _begin(
        self, *, mic: MicrophoneStream | None = None, text: str | None = None, held: bool = False
    ) -> TriedTurn:
        self._count += 1
        speaker = SpeakerStream(self._clock, self._line.send_sound, told_ms=0.0)
        turn = TriedTurn(self._count, speaker, mic, text, held)
        turn.task = self._tasks.create_task(self._run_turn(turn), name=f"try {turn.number}")
        turn.task.add_done_callback(lambda _: self._forget(turn))
        self._turns.add(turn)
        return turn

    def _forget(self, turn: TriedTurn) -> None:
        self._turns.discard(turn)
        if self._front is turn:
            self._front = None

    def _cut(self, turns: Iterable[TriedTurn]) -> list[asyncio.Task[None]]:
        """End turns; the last that is heard of them is what was sent already."""
        tasks = [turn.task for turn in turns]
        for task in tasks:
            task.cancel()
        return tasks

    async def _silence(self, turns: Iterable[TriedTurn]) -> None:
        """Cut turns, wait until they are stored as cut, and tell the page."""
        cut = set(turns)
        if not cut:
            return
        await asyncio.wait(self._cut(cut))
        for turn in sorted(cut, key=lambda one: one.number):
            await self._line.tell("interrupted", turn.number)

    async def _run_turn(self, it: TriedTurn) -> None:
        if not await self._signed_in():
            raise RefusedError(_("You were signed out."))
        ask = Ask(
            await self._toy(),
            PAGE,
            audio=it.mic,
            text=it.text,
            held=it.held,
            streams=it.mic is not None and not it.held,
        )
        await self._show_state(it, "listening" if it.mic else "thinking")
        await follow(self._hub.talks.begin, ask, it.speaker, partial(self._tell, it))
        if self._hands_free and it.mic is not None and it.mic is self._mic:
            self._listen()  # it was silent

    async def _tell(self, it: TriedTurn, event: TurnEvent) -> None:
        number = it.number
        if isinstance(event, Heard | Audio):
            self._used_at = self._clock.monotonic()
        match event:
            case SpeechStarted():
                if self._front is not it:
                    await self._silence({self._front} if self._front else ())
                    self._front = it
                await self._show_state(it, "hearing")
            case Interim(text):
                await self._line.tell("interim_transcript", number, text=text)
            case SpeechEnded():
                await self._show_state(it, "thinking")
                if self._hands_free:
                    self._listen()
            case Heard(transcript):
                await self._line.tell("final_transcript", number, text=transcript.text)
            case Refused(verdict, direction):
                why = why_of(verdict)
                await self._line.tell(
                    "refused", number, whose=direction.value, about=why.about, reason=why.reason
                )
            case Said(text):
                await self._line.tell("llm_response", number, text=text.text)
            case Sounds(sound) if sound.name in SOUND_WORDS:
                await self._line.tell(
                    "llm_response", number, text=f"♪ {_(SOUND_WORDS[sound.name])}"
                )
            case Audio() if not it.speaker.sent_ms:
                await self._line.tell("tts_audio", number, rate_hz=SPEECH_RATE_HZ)
                await self._show_state(it, "speaking")
            case Finished(turn):
                await self._finish(it, turn)

    async def _finish(self, it: TriedTurn, turn: Turn | None) -> None:
        await it.speaker.finish()
        if self._front is not it and turn is None:
            return  # nobody spoke while another turn was answered
        await self._line.tell(
            "finished",
            it.number,
            outcome=turn.state.value if turn else "nothing",
            page=f"/talks/{turn.conversation_id}#turn-{turn.id}" if turn else "",
            first_sound_ms=turn.timings_ms.get("first_audio") if turn else None,
        )
        await self._show_state(it, self._at_rest)

    @property
    def _at_rest(self) -> str:
        """The state when nothing is answered."""
        return "listening" if self._hands_free else "idle"

    async def _show_state(self, it: TriedTurn, state: str) -> None:
        """What listens ahead says nothing of itself before it hears a voice."""
        if self._front in (None, it):
            await self._line.tell("state", it.number, state=state)

    async def _toy(self) -> Toy:
        toy = await self._hub.toys.get(self._toy_id)
        if toy is None:
            raise NotFoundError(_("There is no such toy any more."))
        return toy
