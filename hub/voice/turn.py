"""One turn for a satellite: what is told it of the turn's events, and its sound."""

from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import structlog
from wyoming.asr import Transcript
from wyoming.error import Error
from wyoming.vad import VoiceStarted, VoiceStopped

from hub.domain.clock import Clock
from hub.domain.safety import SafeText
from hub.domain.talk import PARENT
from hub.domain.toys import SatelliteState, Toy
from hub.errors import LinkError, PommaiError, StoppedError
from hub.pipeline.events import Audio, Heard, SpeechEnded, SpeechStarted, TurnEvent
from hub.pipeline.services import Ask
from hub.voice.connection import Send
from hub.voice.ears import Ears
from hub.voice.microphone import Microphone
from hub.voice.speaker import Speaker

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
    """A turn that the satellite asked for, or a line that it is to say."""

    mic: Microphone | None = None
    held: bool = False
    line: SafeText | None = None


class SatelliteTurn:
    """`run` it once; cancelled, its `speaker` is yet to be stopped."""

    def __init__(
        self,
        asked: Asked,
        ears: Ears,
        send: Send,
        show: Callable[[SatelliteState, str], None],
        clock: Clock,
    ) -> None:
        """`show` as in `Session`; `ears` are closed when enough was heard."""
        self.speaker = Speaker(send, clock, opus=ears.opus)
        self._asked = asked
        self._ears = ears
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
        if asked.line is None:
            self._show(SatelliteState.LISTENING, "")
        try:
            ask = Ask(
                await toy(),
                "satellite" if asked.line is None else PARENT,
                audio=asked.mic,
                line=asked.line,
                held=asked.held,
                streams=streams,
                satellite_key=satellite_key,
                played_ms=lambda: self.speaker.played_ms,
            )
            async with turns.turn(ask) as events:
                async for event in events:
                    await self._tell(event)
        except LinkError:
            raise
        except StoppedError as error:
            log.info("no turn", satellite=satellite_key, reason=str(error))
            await self._send(Error(str(error)).event())
        except PommaiError as error:
            problem = str(error)
            log.warning("a turn failed", satellite=satellite_key, error=problem)
            await self._send(Error("the turn failed; the hub's log says why").event())
        if asked.mic is not None and asked.mic is self._ears.mic:
            self._ears.close()
        if asked.line is None and not self._transcribed and not streams:
            await self._send(Transcript("").event())  # else it streams or waits for ever
        await self.speaker.finish()
        return problem

    async def _tell(self, event: TurnEvent) -> None:
        match event:
            case SpeechStarted():
                await self._send(VoiceStarted().event())
            case SpeechEnded():
                self._ears.close()
                await self._send(VoiceStopped().event())
                self._show(SatelliteState.THINKING, "")
            case Heard(transcript):
                self._transcribed = True
                await self._send(Transcript(transcript.text).event())
            case Audio(chunk):
                await self._end_hearing()
                self._show(SatelliteState.SPEAKING, "")
                await self.speaker.play(chunk)

    async def _end_hearing(self) -> None:
        """What sounds while the button is still held is no answer, and no more is heard: without a word of that
        the toy would take it for the answer that its press had cut."""
        if self._asked.held and self._asked.mic is self._ears.mic:
            self._ears.close()
            self._transcribed = True
            await self._send(Transcript("").event())
