"""A turn with a whole hub, whatever it asks outside of the home."""

from hub.app import App
from hub.domain.talks.talk import Turn
from tests.pipeline.turns import record


async def say(app: App, words: str) -> Turn:
    async with await app.hub.talks.say("Pommai", words) as turn:
        return record([event async for event in turn])
