"""Ready characters for a toy: who it is, how it talks and what it likes, each a file in `data/characters/`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.domain.limits import MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS
from hub.domain.persona import Persona
from hub.domain.toys import Voice
from hub.errors import DataError
from hub.translation import gettext as _

MAX_HELLO_CHARS: Final = 120
"""One breath: it is heard for each character before one is chosen."""


class CharacterVoice(BaseModel):
    """How one voice program is to sound for it. Where that has no voice of this name, it takes its usual one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=MAX_DESCRIPTION_CHARS)
    speed: float = Field(1.0, ge=0.5, le=2)
    """1 is the voice's own."""
    pitch: float | None = Field(None, ge=0, le=99)
    """For espeak alone."""

    def voice(self) -> Voice:
        settings = {"speed": self.speed}
        if self.pitch is not None:
            settings["pitch"] = self.pitch
        return Voice(self.name, settings)


class Character(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """The name of its file."""
    order: int
    """Its place in the list."""
    name: str = Field(max_length=MAX_NAME_CHARS)
    """What a toy of this character is called, unless the family calls it something else."""
    kind: str = Field(max_length=MAX_DESCRIPTION_CHARS)
    """What it is, as in “a slow, cosy bear”."""
    manner: str = Field(max_length=MAX_DESCRIPTION_CHARS)
    """How it talks, for a parent to read; a sentence or two."""
    likes: str = Field(max_length=MAX_DESCRIPTION_CHARS)
    hello: str = Field(max_length=MAX_HELLO_CHARS)
    """What it says when a parent wants to hear it."""
    persona: Persona
    temperature: float = Field(ge=0, le=1.5)
    voice_by_provider: Mapping[str, CharacterVoice] = Field(alias="voice")

    def voice(self, provider: str) -> Voice:
        """How it sounds where that provider speaks; its usual voice where we know none that suits."""
        known = self.voice_by_provider.get(provider)
        return known.voice() if known else Voice()


@cache
def characters() -> tuple[Character, ...]:
    """All, in the order of the list. Reads the disk, the first time. Raises DataError where a file is damaged."""
    folder = resources.files("hub.knowledge") / "data" / "characters"
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            try:
                entry: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
                entry["persona"]["kind"] = entry["kind"]
                found.append(Character(id=file.name.removesuffix(".toml"), **entry))
            except (KeyError, TypeError, ValueError, ValidationError) as error:
                raise DataError(
                    _("the character in %(name)s is damaged: install Pommai again", name=file.name)
                ) from error
    return tuple(sorted(found, key=lambda character: character.order))
