"""A toy as one file, to take it to another household: what is in it, and what it may hold at most.

The file is a ZIP of plain JSON: a manifest with the hashes of the parts, the toy, and where a parent wants that along
what it remembers of one child, and the texts that it alone was given to know. Keys, tokens, pairing, talks and
children are never in it.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from hub.domain.family.documents import (
    MAX_DOCUMENTS,
    MAX_SOURCE_CHARS,
    MAX_TITLE_CHARS,
    DocumentKind,
)
from hub.domain.family.memories import MAX_MEMORIES, MAX_MEMORY_CHARS
from hub.domain.limits import (
    MAX_BACKSTORY_CHARS,
    MAX_DESCRIPTION_CHARS,
    MAX_KIND_CHARS,
    MAX_NAME_CHARS,
    MAX_STYLE_CHARS,
    MAX_TOPIC_CHARS,
    MAX_TOPICS,
    MAX_WORDING_CHARS,
    MAX_WORDINGS,
)
from hub.domain.persona import Persona, ReplyLength
from hub.domain.safety import SEVERITY_MAX, Category, SafetyLevel
from hub.domain.toys import Patience, Toy, Voice

FORMAT: Final = "pommai-toy"
VERSION: Final = 3
"""Of the file; a hub reads this one and those before."""
MAX_FILE_BYTES: Final = 400_000
MAX_PART_BYTES: Final = 400_000
"""Of one part when it is unpacked: three times what the most memories take, and a short book."""
MAX_VOICE_SETTINGS: Final = 20

Language = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,2}$", max_length=20)
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS)]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """What a file may say, and nothing beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Manifest(Part):
    format: Literal["pommai-toy"]
    version: Annotated[int, Field(ge=1, strict=True)]
    made_at: datetime
    made_by: Annotated[str, StringConstraints(max_length=40)]
    """The version of the hub."""
    sha256: dict[str, Sha256]
    """By the name of each part, of its bytes."""


class VoicePart(Part):
    name: Description
    settings: Annotated[
        dict[
            Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")],
            Annotated[float, Field(ge=-1000, le=1000)],
        ],
        Field(max_length=MAX_VOICE_SETTINGS),
    ]
    provider: Description
    """Whose voice it is, also where the toy itself didn't say."""
    format: Annotated[str, StringConstraints(max_length=40)]
    copied: bool
    """It is a copy of a person's: it needs that person's consent in the other household, too."""

    @classmethod
    def of(cls, voice: Voice, speaker: str, *, copied: bool) -> "VoicePart":
        """`speaker` speaks first for the toy."""
        return cls(
            name=voice.name,
            settings=voice.settings,
            provider=voice.provider or speaker,
            format=voice.format,
            copied=copied,
        )

    def voice(self) -> Voice:
        return Voice(self.name, dict(self.settings), self.provider, self.format)


Wordings = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORDING_CHARS)], ...],
    Field(max_length=MAX_WORDINGS),
]


class PersonaPart(Part):
    kind: Annotated[str, StringConstraints(max_length=MAX_KIND_CHARS)] = ""
    traits: Wordings = ()
    style: Annotated[str, StringConstraints(max_length=MAX_STYLE_CHARS)] = ""
    interests: Wordings = ()
    catchphrases: Wordings = ()
    backstory: Annotated[str, StringConstraints(max_length=MAX_BACKSTORY_CHARS)] = ""
    reply_length: ReplyLength = ReplyLength.NORMAL
    asks_back: bool = True


def _of_a_text(persona: object) -> object:
    """A file of version 1 holds all of it as one text."""
    return {"backstory": persona} if isinstance(persona, str) else persona


class ToyPart(Part):
    """Of a `Toy` all but STAYS."""

    name: Name
    persona: Annotated[PersonaPart, BeforeValidator(_of_a_text)]
    language: Language
    voice: VoicePart
    temperature: Annotated[float, Field(ge=0, le=2)]
    max_tokens: Annotated[int, Field(ge=1, le=4000, strict=True)]
    safety_level: SafetyLevel
    blocked_topics: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=MAX_TOPIC_CHARS)]],
        Field(max_length=MAX_TOPICS),
    ]
    thresholds: dict[Category, Annotated[int, Field(ge=0, le=SEVERITY_MAX, strict=True)]]
    patience: Patience

    @classmethod
    def of(cls, toy: Toy, voice: VoicePart) -> "ToyPart":
        return cls(
            name=toy.name,
            persona=PersonaPart.model_validate(asdict(toy.persona)),
            language=toy.language,
            voice=voice,
            temperature=toy.temperature,
            max_tokens=toy.max_tokens,
            safety_level=toy.safety_level,
            blocked_topics=sorted(toy.blocked_topics),
            thresholds=toy.thresholds,
            patience=toy.patience,
        )

    def toy(self, toy_id: str, name: str, voice: Voice) -> Toy:
        """A toy of nobody's yet, that tells at its first talk that grown-ups can read along."""
        return Toy(
            id=toy_id,
            name=name,
            persona=Persona(**self.persona.model_dump()),
            language=self.language,
            voice=voice,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            safety_level=self.safety_level,
            blocked_topics=frozenset(self.blocked_topics),
            thresholds=dict(self.thresholds),
            patience=self.patience,
            tells_of_reading=True,
        )


STAYS: Final = frozenset(
    {
        "id",
        "providers",  # each household approves its own
        "model",  # of a provider here
        "persona_version",  # it begins anew
        "home_assistant_rights",
        "bedtime",
        "child_ids",
        "child_levels",
        "paused",
        "archived",
        "held_by",
        "held_since",
        "visit",
        "tells_of_reading",
    }
)
"""Fields of a `Toy` that don't leave its household."""


class MemoryPart(Part):
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_MEMORY_CHARS)]
    about: Description = ""
    sure: Annotated[float, Field(ge=0, le=1)]


class MemoriesPart(Part):
    child: Name
    """Whom the lines are about."""
    lines: Annotated[list[MemoryPart], Field(max_length=MAX_MEMORIES)]
    """The newest first."""


class DocumentPart(Part):
    title: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TITLE_CHARS)]
    kind: DocumentKind
    language: Language
    source: Annotated[str, StringConstraints(max_length=MAX_SOURCE_CHARS)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_PART_BYTES)]


class KnowledgePart(Part):
    documents: Annotated[list[DocumentPart], Field(max_length=MAX_DOCUMENTS)]
    """The oldest first."""


MANIFEST: Final = "manifest.json"
TOY: Final = "toy.json"
MEMORIES: Final = "memories.json"
KNOWLEDGE: Final = "knowledge.json"
PARTS: Final[dict[str, type[Part]]] = {
    TOY: ToyPart,
    MEMORIES: MemoriesPart,
    KNOWLEDGE: KnowledgePart,
}
"""All that may stand beside the manifest."""
