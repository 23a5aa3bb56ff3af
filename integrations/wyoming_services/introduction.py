"""What the services say of themselves, every toy being a voice and a conversation; and which toy serves a request."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from wyoming.info import (
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
from hub.errors import NotFoundError

NAME = "Pommai"
ATTRIBUTION = Attribution("Pommai", "https://pypi.org/project/pommai/")


def introduction(toys: Sequence[Toy]) -> Info:
    """The answer to `describe`."""
    ours: dict[str, Any] = {
        "attribution": ATTRIBUTION,
        "installed": True,
        "version": version("pommai"),
    }
    ordered = in_order(toys)
    recogniser = AsrModel(
        name="household",
        description="The recogniser that this household chose",
        languages=list(dict.fromkeys(toy.language for toy in ordered)),
        **ours,
    )
    voices = [
        TtsVoice(
            name=toy.name,
            description=f"The voice of {toy.name}, within its rules",
            languages=[toy.language],
            **ours,
        )
        for toy in ordered
    ]
    talkers = [
        HandleModel(
            name=toy.name,
            description=f"{toy.name}, within its rules",
            languages=[toy.language],
            **ours,
        )
        for toy in ordered
    ]
    hears = AsrProgram(
        name=NAME,
        description="Hears as the household's toys do, and checks what it hears",
        models=[recogniser],
        supports_transcript_streaming=True,
        **ours,
    )
    speaks = TtsProgram(
        name=NAME,
        description="Speaks as the household's toys do, and only what passes their guard",
        voices=voices,
        supports_synthesize_streaming=True,
        **ours,
    )
    talks = HandleProgram(
        name=NAME,
        description="Talks with a child as a toy does",
        models=talkers,
        supports_handled_streaming=True,
        **ours,
    )
    return Info(asr=[hears], tts=[speaks], handle=[talks])


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
