"""A hub of a command's own, where none runs that it could ask; imported only then, as it loads everything."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from hub.app import App
from hub.config import Config
from hub.control import describe
from hub.house import House
from hub.house_requests import Json

LOOK_S = 2.0
"""How long to look for satellites, as no hub runs that knows them already."""


@asynccontextmanager
async def house(config: Config) -> AsyncIterator[House]:
    async with App(config, os.environ) as app:
        looking = asyncio.create_task(app.fleet.run())
        try:
            await asyncio.wait({looking}, timeout=LOOK_S)
            if looking.done():
                looking.result()  # it never ends by itself: raise what ended it
            yield House(app.hub)
        finally:
            looking.cancel()
            await asyncio.wait({looking})


async def turn(config: Config, toy: str, text: str, *, audio: bool) -> AsyncGenerator[Json, None]:
    """Its events, as `describe` says them."""
    async with App(config, os.environ) as app, await app.hub.say(toy, text) as events:
        async for event in events:
            if line := describe(event, audio=audio):
                yield line
