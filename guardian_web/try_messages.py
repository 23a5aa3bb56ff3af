"""What the page on which a toy is tried tells the hub, in JSON beside the microphone's sound."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from hub.errors import RefusedError

TYPED_MOST = 500
"""Characters."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Start(_Message):
    """The first message, and the beginning of each turn that is spoken.

    `push`: a button is held until `Stop`; `hands-free`: turn after turn until `Stop`; `typed`: no
    microphone, `Typed` follows.
    """

    type: Literal["start"]
    toy: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    mode: Literal["push", "hands-free", "typed"]


class Stop(_Message):
    """The button was released, or the microphone switched off."""

    type: Literal["stop"]


class Typed(_Message):
    """Words instead of sound."""

    type: Literal["text"]
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TYPED_MOST)
    ]


class Interrupt(_Message):
    """The toy is to be quiet now."""

    type: Literal["interrupt"]


class Played(_Message):
    """So much of the turn's sound has left the loudspeaker."""

    type: Literal["played"]
    turn: Annotated[int, Field(ge=0, le=1_000_000)]
    ms: Annotated[int, Field(ge=0, le=3_600_000)]


FromPage = Start | Stop | Typed | Interrupt | Played

_READER: TypeAdapter[FromPage] = TypeAdapter(Annotated[FromPage, Field(discriminator="type")])


def read(text: str) -> FromPage:
    """Raises RefusedError for what is none of these."""
    try:
        return _READER.validate_json(text)
    except ValidationError as error:
        raise RefusedError("That is no message of this page. Please load it again.") from error
