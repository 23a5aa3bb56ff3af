"""What the services say of themselves: every toy is a voice, and a conversation."""

from collections.abc import Sequence
from importlib.metadata import version

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

from hub.domain.toys import Toy
from integrations.wyoming_services.serving_hub import in_order

NAME = "Pommai"
ATTRIBUTION = Attribution("Pommai", "https://pypi.org/project/pommai/")


def introduction(toys: Sequence[Toy]) -> Info:
    """The answer to `describe`."""
    release = version("pommai")
    ordered = in_order(toys)
    languages = list(dict.fromkeys(toy.language for toy in ordered))
    return Info(
        asr=[
            AsrProgram(
                NAME,
                ATTRIBUTION,
                installed=True,
                description="Hears as the household's toys do, and checks what it hears",
                version=release,
                models=[
                    AsrModel(
                        "household",
                        ATTRIBUTION,
                        installed=True,
                        description="The recogniser that this household chose",
                        version=release,
                        languages=languages,
                    )
                ],
                supports_transcript_streaming=True,
            )
        ],
        tts=[
            TtsProgram(
                NAME,
                ATTRIBUTION,
                installed=True,
                description="Speaks as the household's toys do, and only what passes their guard",
                version=release,
                voices=[
                    TtsVoice(
                        toy.name,
                        ATTRIBUTION,
                        installed=True,
                        description=f"The voice of {toy.name}, within its rules",
                        version=release,
                        languages=[toy.language],
                    )
                    for toy in ordered
                ],
                supports_synthesize_streaming=True,
            )
        ],
        handle=[
            HandleProgram(
                NAME,
                ATTRIBUTION,
                installed=True,
                description="Talks with a child as a toy does",
                version=release,
                models=[
                    HandleModel(
                        toy.name,
                        ATTRIBUTION,
                        installed=True,
                        description=f"{toy.name}, within its rules",
                        version=release,
                        languages=[toy.language],
                    )
                    for toy in ordered
                ],
                supports_handled_streaming=True,
            )
        ],
    )
