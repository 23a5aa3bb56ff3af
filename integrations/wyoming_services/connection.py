"""One connection to the services: any number of requests, one after the other."""

import asyncio
from typing import Final

import structlog
from wyoming.asr import Transcribe, Transcript
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe
from wyoming.tts import Synthesize, SynthesizeStart

from hub.core.hub import Hub
from hub.domain.clock import Clock
from hub.domain.toys import Toy
from hub.errors import PommaiError, StoppedError, leaves
from integrations.wyoming_services import requests
from integrations.wyoming_services.introduction import choose, introduction
from integrations.wyoming_services.peer import Peer, parsed
from satellite.wire.stream import WireError

log = structlog.get_logger()

REQUESTS: Final = (Transcribe, Transcript, Synthesize, SynthesizeStart)
"""What a client asks for a child; all else has its turn as any stranger's."""
MAX_IDLE_S: Final = 30.0
"""Who asks nothing for so long gives up its place."""
MAX_REQUEST_S: Final = 300.0
"""The longest that one request may take, whatever trickles in."""


class ClientConnection:
    def __init__(self, hub: Hub, peer: Peer, host: str, clock: Clock) -> None:
        self._hub = hub
        self._peer = peer
        self._host = host
        self._clock = clock

    async def serve(self) -> str:
        """Until the peer closes, asks nothing any more, or something fails: it is told so, and then closed.

        An `error` alone would leave Home Assistant waiting. Gives what the peer did wrong; "" where it did nothing.
        """
        wrong = ""
        try:
            await self._converse()
        except* WireError as errors:
            wrong = _first(errors)
            await self._dismiss(wrong, "protocol")
        except* StoppedError as errors:
            await self._dismiss(_first(errors), "stopped")
        except* PommaiError as errors:
            log.warning("a Wyoming request failed", host=self._host, error=_first(errors))
            await self._dismiss(_first(errors), "failed")
        return wrong

    async def _converse(self) -> None:
        """A peer that closes in the middle of an answer wants none any more."""
        async with asyncio.TaskGroup() as tasks:
            ends = [tasks.create_task(self._peer.read()), tasks.create_task(self._answer())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in ends:
                task.cancel()

    async def _answer(self) -> None:
        while True:
            event = await self._peer.next(MAX_IDLE_S)
            try:
                async with self._clock.timeout(MAX_REQUEST_S):
                    await self._answer_one(event)
            except TimeoutError as error:
                raise WireError(f"{event.type}: took longer than {MAX_REQUEST_S:g} s") from error

    async def _answer_one(self, event: Event) -> None:
        hub, peer = self._hub, self._peer
        if not any(kind.is_type(event.type) for kind in REQUESTS):
            await hub.strangers.turn()
        if Describe.is_type(event.type):
            await peer.say(introduction(await hub.toys.list()))
        elif Transcribe.is_type(event.type):
            asked = parsed(event, requests.TranscribeData)
            await requests.hear(hub, await self._toy(asked.language), peer)
        elif Transcript.is_type(event.type):
            said = parsed(event, requests.TranscriptData)
            await requests.answer(hub, await self._toy(said.language), peer, said.text)
        elif Synthesize.is_type(event.type):
            whole = parsed(event, requests.SynthesizeData)
            await requests.speak_whole(hub, await self._speaker(whole), peer, whole.text)
        elif SynthesizeStart.is_type(event.type):
            start = parsed(event, requests.StartData)
            await requests.speak_as_written(hub, await self._speaker(start), peer)

    async def _speaker(self, asked: requests.StartData) -> Toy:
        voice = asked.voice or requests.VoiceAsked()
        return await self._toy(voice.language, voice.name)

    async def _toy(self, language: str | None, name: str | None = None) -> Toy:
        return choose(await self._hub.toys.list(), name=name or "", language=language or "")

    async def _dismiss(self, why: str, code: str) -> None:
        try:
            await self._peer.say(Error(why, code))
        except WireError as error:
            log.debug("a Wyoming client is gone", host=self._host, error=str(error))


def _first(errors: BaseExceptionGroup[BaseException]) -> str:
    return str(leaves(errors)[0])
