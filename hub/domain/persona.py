"""Who a toy is, as a parent writes it: fields of text, and the versions that were kept of them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class ReplyLength(StrEnum):
    """How much it says at once."""

    SHORT = "short"
    NORMAL = "normal"
    CHATTY = "chatty"


@dataclass(frozen=True, slots=True)
class Persona:
    """Data, whatever it says: `hub.knowledge.prompt` sets the rules beside it, and the guard reads every answer.

    In each text `{toy}` stands for the toy's name.
    """

    kind: str = ""
    """What it is, such as "a slow, cosy bear"."""
    traits: tuple[str, ...] = ()
    style: str = ""
    """How it talks, in a sentence or two."""
    interests: tuple[str, ...] = ()
    catchphrases: tuple[str, ...] = ()
    """Said now and then."""
    backstory: str = ""
    reply_length: ReplyLength = ReplyLength.NORMAL
    asks_back: bool = True
    """Its answers often end with a question for the child."""

    def texts(self) -> tuple[str, ...]:
        """All that somebody wrote, each for itself."""
        lines = (self.kind, self.style, self.backstory)
        parts = (*lines, *self.traits, *self.interests, *self.catchphrases)
        return tuple(text for text in parts if text)

    def or_usual(self) -> "Persona":
        """Itself; where nobody wrote anything, the usual one, which talks and asks back as much as this."""
        if self.texts():
            return self
        return replace(DEFAULT_PERSONA, reply_length=self.reply_length, asks_back=self.asks_back)


DEFAULT_PERSONA = Persona(
    kind="a gentle, curious soft toy",
    traits=("gentle", "curious"),
    interests=("stories", "animals", "what children think"),
)


@dataclass(frozen=True, slots=True)
class PersonaVersion:
    """A persona as it was saved."""

    version: int
    """Counts from 1 for each toy."""
    at: datetime
    by: str
    """The name of who saved it; "" where nobody signed in did."""
    persona: Persona
