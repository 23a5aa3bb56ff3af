"""What the services ask of the hub, and nothing more; `hub.core.Hub` fits it."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafetyLevel
from hub.domain.talk import Transcript
from hub.domain.toys import Toy
from hub.errors import NotFoundError
from hub.pipeline.events import TurnEvent
from hub.pipeline.services import Ask


class ServingHub(Protocol):
    async def toys(self) -> Sequence[Toy]: ...

    async def transcribe(self, toy: Toy, audio: AsyncIterable[PcmChunk]) -> Transcript: ...

    def read_aloud(self, toy: Toy, pieces: AsyncIterable[str]) -> AsyncGenerator[PcmChunk]: ...

    def begin_turn(self, ask: Ask) -> AbstractAsyncContextManager[AsyncIterable[TurnEvent]]: ...


def in_order(toys: Sequence[Toy]) -> list[Toy]:
    """The most careful first: that one serves who names none."""
    levels = list(SafetyLevel)
    return sorted(toys, key=lambda toy: (levels.index(toy.safety_level), toy.name))


def choose(toys: Sequence[Toy], *, name: str = "", language: str = "") -> Toy:
    """The toy of that name; else the first that speaks the language ("de", "de-CH"); else the first.

    Raises NotFoundError where there is no toy.
    """
    ordered = in_order(toys)
    spoken = language.replace("_", "-").partition("-")[0].casefold()
    for toy in ordered:
        if name and toy.name == name:
            return toy
    for toy in ordered:
        if spoken and toy.language == spoken:
            return toy
    if not ordered:
        raise NotFoundError("this household has no toy whose voice and rules could serve")
    return ordered[0]
