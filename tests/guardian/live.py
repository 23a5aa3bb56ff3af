"""The pages' stream of events, read as a browser does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientResponse

from tests.guardian.conftest import Browser


@dataclass
class Received:
    name: str
    data: str
    id: str


class Stream:
    """Reads server-sent events as a browser does: not beats and the day's talks, and the frame where asked for."""

    def __init__(self, response: ClientResponse, with_frame: bool = False) -> None:
        self.response = response
        self.with_frame = with_frame
        self.beats = 0

    async def next(self) -> Received | None:
        """None at the stream's end."""
        fields: dict[str, list[str]] = {}
        async with asyncio.timeout(60):
            async for line in self.response.content:
                text = line.decode().rstrip("\r\n")
                if text.startswith(":"):
                    fields = {}  # keeps the connection open, and says nothing
                elif not text and not fields:
                    pass
                elif text:
                    key, _, value = text.partition(": ")
                    fields.setdefault(key, []).append(value)
                elif fields.get("event") == ["beat"]:
                    self.beats += 1
                    fields = {}
                elif (fields.get("event") == ["frame"] and not self.with_frame) or fields.get(
                    "event"
                ) == ["today"]:
                    fields = {}
                else:
                    data = "\n".join(fields.get("data", []))
                    return Received(fields["event"][0], data, "".join(fields.get("id", [])))
        return None

    async def next_turn(self) -> Received:
        return await self.next_of("turn")

    async def next_alert(self) -> Received:
        return await self.next_of("alert")

    async def next_frame(self) -> Received:
        return await self.next_of("frame")

    async def next_of(self, name: str) -> Received:
        while (event := await self.next()) is not None:
            if event.name == name:
                return event
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening(
    browser: Browser,
    since: int = 0,
    last_seen: str | None = None,
    show: str = "home",
    with_frame: bool = False,
) -> AsyncIterator[Stream]:
    headers = {} if last_seen is None else {"Last-Event-ID": last_seen}
    response = await browser.get(f"/events?since={since}&show={show}", **headers)
    assert response.status == 200, await response.text()
    try:
        yield Stream(response, with_frame)
    finally:
        response.close()
