"""Conversation: a `transcript` in, a toy's whole turn out, as text that passed the guard.

handled-start, handled-chunk …, handled, handled-stop    the answer, or the redirect; `handled` is all of it
not-handled                                              nothing was said, or the turn failed
"""

from typing import Final

from pydantic import BaseModel, Field
from wyoming.handle import Handled, HandledChunk, HandledStart, HandledStop, NotHandled

from hub.core.hub import Hub
from hub.core.talks import Ask, Finished, Said
from hub.domain.talk import HOME_ASSISTANT, Turn, TurnState
from hub.domain.toys import Toy
from integrations.wyoming_services.peer import Peer

MAX_WORDS_CHARS: Final = 2_000


class TranscriptData(BaseModel):
    """`transcript`."""

    text: str = Field(max_length=MAX_WORDS_CHARS)
    language: str | None = Field(None, max_length=35)


async def answer(hub: Hub, toy: Toy, peer: Peer, text: str) -> None:
    """Answer one `transcript`. Raises WireError, PommaiError."""
    said: list[str] = []
    record: Turn | None = None
    ask = Ask(toy, HOME_ASSISTANT, text=text.strip(), aloud=False)
    async with hub.talks.begin(ask) as turn:
        async for event in turn:
            match event:
                case Said(clause):
                    if not said:
                        await peer.say(HandledStart())
                    await peer.say(HandledChunk(f" {clause.text}" if said else clause.text))
                    said.append(clause.text)
                case Finished(kept):
                    record = kept
    whole = " ".join(said)
    if record is None or record.state is TurnState.FAILED:
        await peer.say(NotHandled(whole or None))
    else:
        await peer.say(Handled(whole))
    if said:
        await peer.say(HandledStop())
