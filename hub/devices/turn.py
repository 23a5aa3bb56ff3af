"""One turn for a satellite: what is told it of the turn's events, and its sound."""

from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import structlog
from wyoming.asr import Transcript
from wyoming.error import Error
from wyoming.vad import VoiceStarted, VoiceStopped

from hub.activities.activity import Part
from hub.devices.audio.microphone import MicrophoneInput
from hub.devices.audio.speaker import Speaker
from hub.devices.connection import Send
from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.talks.talk import PARENT
from hub.domain.toys import SatelliteState, Toy
from hub.errors import LinkError, PommaiError, StoppedError
from hub.pipeline.context import Ask
from hub.pipeline.events import Audio, Heard, Said, SpeechEnded, SpeechStarted, TurnEvent
from hub.pipeline.streams import MicrophoneStream, follow

log = structlog.get_logger()


class Turns(Protocol):
    """What a satellite's turns need of the pipeline."""

    @property
    def stopped(self) -> bool:
        """The emergency stop is on: a turn would raise StoppedError."""
        ...

    def turn(self, ask: Ask, /) -> AbstractAsyncContextManager[AsyncIterable[TurnEvent]]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn that the satellite asked for, or a line or an activity of a parent's."""

    mic: MicrophoneStream | None = None
    held: bool = False
    line: SafeText | None = None
    part: Part | None = None
    source: str = PARENT
    """Of either, as in `Turn`."""


class SatelliteTurn:
    """`run` it once; cancelled, its `speaker` is yet to be stopped."""

    def __init__(
        self,
        asked: Asked,
        microphone: MicrophoneInput,
        send: Send,
        show: Callable[[SatelliteState, str], None],
        clock: Clock,
    ) -> None:
        """`show` as in `Session`; `microphone` is closed when enough was heard."""
        self.speaker = Speaker(send, clock, opus=microphone.opus)
        self._asked = asked
        self._microphone = microphone
        self._send = send
        self._show = show
        self._transcribed = False
        """Its transcript was sent."""

    async def run(
        self,
        turns: Turns,
        toy: Callable[[], Awaitable[Toy]],
        satellite_key: str,
        *,
        streams: bool,
    ) -> str:
        """What went wrong, "" for nothing; `streams` where the satellite does without being asked. Raises LinkError."""
        asked, problem = self._asked, ""
        if asked.mic is not None:
            self._show(SatelliteState.LISTENING, "")
        try:
            ask = Ask(
                await toy(),
                asked.source if asked.mic is None else "satellite",
                audio=asked.mic,
                line=asked.line,
                part=asked.part,
                held=asked.held,
                streams=streams,
                satellite_key=satellite_key,
            )
            await follow(turns.turn, ask, self.speaker, self._tell)
        except LinkError:
            raise
        except StoppedError as error:
            log.info("no turn", satellite=satellite_key, reason=str(error))
            await self._send(Error(str(error)).event())
        except PommaiError as error:
            problem = str(error)
            log.warning("a turn failed", satellite=satellite_key, error=problem)
            await self._send(Error("the turn failed; the hub's log says why").event())
        if asked.mic is not None and asked.mic is self._microphone.mic:
            self._microphone.close()
        if asked.mic is not None and not self._transcribed and not streams:
            await self._send(Transcript("").event())  # else it streams or waits for ever
        await self.speaker.finish()
        return problem

    async def _tell(self, event: TurnEvent) -> None:
        match event:
            case SpeechStarted():
                await self._send(VoiceStarted().event())
            case SpeechEnded():
                self._microphone.close()
                await self._send(VoiceStopped().event())
                self._show(SatelliteState.THINKING, "")
            case Heard(transcript):
                self._transcribed = True
                await self._send(Transcript(transcript.text).event())
            case Said(_, manner) if manner.gain < 1:
                self.speaker.lulls = True
            case Audio():
                await self._end_hearing()
                self._show(SatelliteState.SPEAKING, "")

    async def _end_hearing(self) -> None:
        """What sounds while the button is still held is no answer, and no more is heard: without a word of that
        the toy would take it for the answer that its press had cut."""
        if self._asked.held and self._asked.mic is self._microphone.mic:
            self._microphone.close()
            self._transcribed = True
            await self._send(Transcript("").event())
