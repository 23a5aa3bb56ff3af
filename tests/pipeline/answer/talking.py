"""A child at a microphone, whose pauses and ends a test decides."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hub.config import TurnSection
from hub.domain.audio import PcmChunk
from hub.domain.talks.talk import Transcript
from hub.errors import StoppedError
from hub.pipeline.context import Ask
from hub.pipeline.events import TurnEvent
from hub.pipeline.streams import MicrophoneStream
from hub.pipeline.turn import RunningTurn
from tests.pipeline.scripted import House, ScriptedStt, house, sound
from tests.pipeline.turns import said, until

PAUSE_MS, END_MS = 100.0, 1000.0
PATIENT = TurnSection(silence_ms=900, finished_ms=900, unfinished_ms=900)


class MicrophoneInput(ScriptedStt):
    """Hears the next of `texts` each time that it is asked, or each time that it has heard more."""

    def __init__(self, *texts: str | Exception, local: bool = True, streams: bool = False) -> None:
        super().__init__("ears")
        self.name, self.local, self._streams = "ears", local, streams
        self._texts = list(texts)
        self.asked = 0

    async def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        self.asked += 1
        heard_ms = 0.0
        async for chunk in audio:
            heard_ms += chunk.duration_ms
            if self._streams and heard_ms >= 500:
                heard_ms = 0.0
                yield Transcript(self._text_now(), final=False)
        yield Transcript(self._text_now())

    def _text_now(self) -> str:
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        if isinstance(text, Exception):
            raise text
        return text


class Talk:
    """One turn of a child at a microphone, and what the turn tells."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.events: list[TurnEvent] = []
        self.ended: BaseException | None = None
        self._microphone = MicrophoneStream()

    async def read(self, turn: RunningTurn) -> None:
        async for event in turn:
            self.events.append(event)

    async def hears(self, kind: str, duration_ms: float) -> None:
        async for chunk in sound((kind, duration_ms)):
            self._microphone.put(chunk)

    async def run(self) -> None:
        try:
            async with self.home.pipeline.turn(
                Ask(self.home.toy, "satellite", audio=self._microphone)
            ) as turn:
                await self.read(turn)
        except StoppedError as error:
            self.ended = error

    @property
    def said(self) -> list[str]:
        return said(self.events)


@asynccontextmanager
async def talk(home: House) -> AsyncIterator[Talk]:
    """Ends when the turn has."""
    talking = Talk(home)
    task = asyncio.create_task(talking.run())
    try:
        yield talking
        await task
    finally:
        task.cancel()


@asynccontextmanager
async def family(folder: Path, *texts: str | Exception, **parts: Any) -> AsyncIterator[House]:
    stts = [MicrophoneInput(*texts)]
    async with house(folder, **{"stts": stts, "settings": PATIENT, **parts}) as home:
        yield home


async def speak_and_pause(child: Talk, ready: Callable[[], object]) -> None:
    await child.hears("voice", 600)
    await child.hears("silence", PAUSE_MS)
    await until(ready)
