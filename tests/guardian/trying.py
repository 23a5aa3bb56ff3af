"""The page on which a toy is tried, as a WebSocket that tests speak on."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import (
    ClientWebSocketResponse,
    WSMsgType,
    web,
)

from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from hub.domain.talks.talk import Turn, TurnState
from hub.providers.base import Llm, Stt
from tests.clock import FakeClock
from tests.guardian.conftest import Browser
from tests.guardian.household import Household
from tests.guardian.pages_of import pages_of
from tests.pipeline.scripted import House, house

ID = "a-talk-of-this-test"
FRAME_BYTES = 640
VOICE = b"\x10\x20" * (FRAME_BYTES // 2)
SILENCE = bytes(FRAME_BYTES)
Message = dict[str, Any]


@dataclass
class TryPage:
    """The page's end of one talk. Sound is counted, and left out of what is received."""

    socket: ClientWebSocketResponse
    toy: str
    sound_bytes: int = 0

    async def send(self, kind: str, **fields: object) -> None:
        await self.socket.send_str(json.dumps({"type": kind} | fields))

    async def start(self, mode: str) -> None:
        await self.send("start", toy=self.toy, mode=mode)

    async def speak(self, voice_ms: int, silence_ms: int = 0) -> None:
        for frame in [VOICE] * (voice_ms // 20) + [SILENCE] * (silence_ms // 20):
            await self.socket.send_bytes(frame)

    async def until(self, kind: str, **fields: object) -> list[Message]:
        """All messages up to the first of that kind with those fields; fails at the end."""
        seen: list[Message] = []
        async with asyncio.timeout(60):
            while not (seen and seen[-1]["type"] == kind and seen[-1].items() >= fields.items()):
                message = await self.socket.receive()
                if message.type is WSMsgType.BINARY:
                    self.sound_bytes += len(message.data)
                    continue
                assert message.type is WSMsgType.TEXT, f"closed after {seen}"
                seen.append(json.loads(message.data))
        return seen

    async def finished(self, outcome: str) -> list[Message]:
        """The messages of a turn that is played to its end."""
        seen = await self.until("llm_response")
        turn = seen[-1]["turn"]
        await self.send("played", turn=turn, ms=3_600_000)
        seen += await self.until("finished", turn=turn)
        assert seen[-1]["outcome"] == outcome
        return seen

    async def line_at_the_end(self) -> str:
        """What the hub says as it hangs up."""
        line = str((await self.until("error"))[-1]["message"])
        await self.closed()
        return line

    async def closed(self) -> int | None:
        async with asyncio.timeout(60):
            while (await self.socket.receive()).type is not WSMsgType.CLOSE:
                pass
        return self.socket.close_code


@dataclass
class TrySite:
    """A household with a real pipeline, and its pages."""

    home: House
    household: Household
    app: web.Application
    origin: str
    clock: FakeClock
    code: SetupCode
    stack: AsyncExitStack
    parent: Browser

    async def open(self, session_id: str = ID, **headers: str) -> TryPage:
        headers.setdefault("Origin", self.origin)
        socket = await self.parent.session.ws_connect(
            f"{self.origin}/ws/talk/{session_id}", headers=headers
        )
        self.stack.push_async_callback(socket.close)
        return TryPage(socket, self.home.toy.id)

    async def turns(self, *states: TurnState) -> list[Turn]:
        """The stored ones, the oldest first, once they are in these states."""
        async with asyncio.timeout(60):
            while True:
                turns = (await self.home.store.turns.recent(9))[::-1]
                if [turn.state for turn in turns] == list(states):
                    return turns
                await asyncio.sleep(0.01)


@asynccontextmanager
async def trying(
    folder: Path, *, stts: Sequence[Stt] = (), llms: Sequence[Llm] = ()
) -> AsyncIterator[TrySite]:
    clock, code = FakeClock(), SetupCode(lambda _: None)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(house(folder, stts=stts, llms=llms, clock=clock))
        household = Household(home.bus, home.store, clock, home.pipeline)
        app = pages_of(household, clock, code)
        url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        origin = url.rstrip("/")
        parent = await Browser.new(stack, origin)
        assert (await parent.set_up(code.text)).status == HTTPStatus.SEE_OTHER
        yield TrySite(home, household, app, origin, clock, code, stack, parent)


def kinds(messages: Sequence[Message]) -> list[str]:
    return [m["state"] if m["type"] == "state" else m["type"] for m in messages]


def told(messages: Sequence[Message], kind: str) -> list[str]:
    return [message["text"] for message in messages if message["type"] == kind]
