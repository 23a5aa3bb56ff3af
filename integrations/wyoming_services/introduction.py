"""What the services say of themselves, every toy being a voice and a conversation; and which toy serves a request."""

from collections.abc import Sequence
from typing import Any, TypeVar

from wyoming.info import (
    Artifact,
    AsrModel,
    AsrProgram,
    Attribution,
    HandleModel,
    HandleProgram,
    Info,
    TtsProgram,
    TtsVoice,
)

from hub.domain.safety import SafetyLevel
from hub.domain.toys import Toy
from hub.domain.version import VERSION
from hub.errors import NotFoundError

A = TypeVar("A", bound=Artifact)

NAME = "Pommai"
ATTRIBUTION = Attribution("Pommai", "https://pypi.org/project/pommai/")


def introduction(toys: Sequence[Toy]) -> Info:
    """The answer to `describe`."""
    ordered = in_order(toys)
    recogniser = _ours(
        AsrModel,
        "household",
        "The recogniser that this household chose",
        languages=list(dict.fromkeys(toy.language for toy in ordered)),
    )
    voices = [
        _ours(
            TtsVoice,
            toy.name,
            f"The voice of {toy.name}, within its rules",
            languages=[toy.language],
        )
        for toy in ordered
    ]
    talkers = [
        _ours(HandleModel, toy.name, f"{toy.name}, within its rules", languages=[toy.language])
        for toy in ordered
    ]
    hears = "Hears as the household's toys do, and checks what it hears"
    speaks = "Speaks as the household's toys do, and only what passes their guard"
    talks = "Talks with a child as a toy does"
    recognisers = {"models": [recogniser], "supports_transcript_streaming": True}
    return Info(
        asr=[_ours(AsrProgram, NAME, hears, **recognisers)],
        tts=[_ours(TtsProgram, NAME, speaks, voices=voices, supports_synthesize_streaming=True)],
        handle=[_ours(HandleProgram, NAME, talks, models=talkers, supports_handled_streaming=True)],
    )


def _ours(kind: type[A], name: str, description: str, **fields: Any) -> A:  # noqa: ANN401 - as each kind has them
    return kind(
        name=name,
        description=description,
        attribution=ATTRIBUTION,
        installed=True,
        version=VERSION,
        **fields,
    )


def in_order(toys: Sequence[Toy]) -> list[Toy]:
    """The most careful first: that one serves who names none."""
    levels = list(SafetyLevel)
    return sorted(toys, key=lambda toy: (levels.index(toy.level_now), toy.name))


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
