"""How a Wyoming service describes itself: what we need of it, read from its `info`."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field

LISTED_MOST = 100
"""Programs of one service that are looked at."""


def _text(value: object) -> object:
    """What is left out is null in some services and missing in others."""
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_text)]


class Artifact(BaseModel):
    """A model, a voice or a wake word."""

    name: str
    installed: bool = True
    languages: list[str] = []
    phrase: Text = ""


class Program(BaseModel):
    name: str
    installed: bool = True
    version: Text = ""
    models: list[Artifact] = []
    voices: list[Artifact] = []
    supports_synthesize_streaming: bool = False

    @property
    def installed_choices(self) -> list[Artifact]:
        return [choice for choice in (*self.models, *self.voices) if choice.installed]


class Introduction(BaseModel):
    """Its programs by what they do. One with a satellite in it serves that satellite alone."""

    asr: list[Program] = Field([], max_length=LISTED_MOST)
    tts: list[Program] = Field([], max_length=LISTED_MOST)
    wake: list[Program] = Field([], max_length=LISTED_MOST)
    satellite: dict[str, object] | None = None

    @classmethod
    def read(cls, data: object) -> Self:
        """Raises ValidationError."""
        return cls.model_validate(data)
