"""The activities as tools: what a language model may begin in one turn, and what its call begins.

Offered is what a parent allows now, for this toy and child. Asking the house, calling a device and what is
remembered are none of them: those begin with the child's own words alone.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hub.activities.activity import Part
from hub.domain.play.limits import Kind
from hub.domain.talks.talk import Turn
from hub.domain.tools import Arguments, Tool, ToolCall
from hub.domain.toys import Toy


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool of an activity, in one turn."""

    tool: Tool
    begin: Callable[[Arguments], Awaitable[Part | None]]
    """As `take_up`, with arguments that the tool takes."""
    name: str
    """As in `Part`, like the next two."""
    kind: Kind | None = None
    playful: bool = False


@runtime_checkable
class OffersTools(Protocol):
    async def offers(self, turn: Turn, toy: Toy) -> Sequence[Offer]:
        """In a fixed order. Quick, and does nothing yet. Raises DataError."""
        ...


class Toolbox:
    """Those of one turn. What they do comes from a closed list, and what they say is checked as ever."""

    def __init__(self, offers: Sequence[Offer] = ()) -> None:
        self._offers = {offer.tool.name: offer for offer in offers}

    @property
    def tools(self) -> tuple[Tool, ...]:
        return tuple(offer.tool for offer in self._offers.values())

    @property
    def tries(self) -> tuple[tuple[Tool, ...], ...]:
        """What a model is offered, and then, where nothing came of its call."""
        return (self.tools, ()) if self.tools else ((),)

    async def part(self, call: ToolCall) -> Part | None:
        """What the call begins; None where there is no such tool now, or the arguments aren't its own."""
        offer = self._offers.get(call.name)
        arguments = offer.tool.read(call.arguments) if offer else None
        return await offer.begin(arguments) if offer and arguments is not None else None


def characters_of(tools: Sequence[Tool]) -> int:
    """As many as a model is sent of them."""
    return sum(len(each.name + each.says + json.dumps(each.schema())) for each in tools)
