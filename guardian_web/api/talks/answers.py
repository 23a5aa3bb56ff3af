"""What goes over the API about what was said."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints

from guardian_web.api.models import Answer, Request
from guardian_web.talks.words import plain_reason
from hub.core.talks.kept import MAX_SEARCH_CHARS
from hub.core.talks.retention import Keeping
from hub.domain.limits import MAX_NOTE_CHARS
from hub.domain.safety import Category
from hub.domain.talks.kept import (
    MAX_KEEP_DAYS,
    Correction,
    Facet,
    Removal,
    RemovalScope,
    RemovalState,
    TalkSummary,
    TurnNote,
)
from hub.domain.talks.talk import Turn, TurnState

Id = Annotated[str, StringConstraints(max_length=60)]
LaxFacet = Annotated[Facet, Field(strict=False)]
Day = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
"""Such as 2026-11-21, by the household's clock, or ""."""


class TalkListAsk(Request):
    toy: Id = ""
    """A toy's id; "" is any."""
    day: Day = ""
    before: Id = ""
    """A talk's id: only what began earlier."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class TalkSummaryAnswer(Answer):
    id: str
    toy_id: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    """When its last turn began."""
    turns: int
    refused: int
    alerts: int
    bookmarked: int
    first_heard: str
    tried: bool
    """A grown-up tried the toy."""

    @classmethod
    def of(cls, talk: TalkSummary) -> Self:
        return cls.model_validate(talk, from_attributes=True)


class TalkListAnswer(Answer):
    talks: list[TalkSummaryAnswer]


class TurnSearchAsk(Request):
    words: Annotated[str, StringConstraints(max_length=MAX_SEARCH_CHARS)] = ""
    """Each begins a word of the turn, in any script."""
    toy: Id = ""
    child: Id = ""
    day: Day = ""
    only: Annotated[list[LaxFacet], Field(default_factory=list)]
    before: Id = ""
    """A turn's id: only what began earlier."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class RefusalAnswer(Answer):
    category: Category
    severity: Annotated[int, Field(ge=0, le=7)]
    reason: str
    matched: list[str]
    layer: str


class NoteAnswer(Answer):
    bookmarked: bool
    note: str
    correction: Correction

    @classmethod
    def of(cls, note: TurnNote) -> Self:
        return cls(bookmarked=note.bookmarked, note=note.text, correction=note.correction)


class ToldPassageAnswer(Answer):
    id: str
    """Its document's id, a colon and its place in it, from 0."""
    title: str
    """Its document's; "" once that was removed."""


class TurnAnswer(Answer):
    id: str
    talk: str
    """Its talk's id."""
    toy_id: str
    child_id: str | None
    source: str
    state: TurnState
    started_at: AwareDatetime
    heard: str
    said: list[str]
    held_back: list[str]
    refusals: list[RefusalAnswer]
    passages: list[ToldPassageAnswer]
    """Of what the family gave its toys to know: what the model was told, the best first."""
    kept: NoteAnswer

    @classmethod
    def of(cls, turn: Turn, notes: Mapping[str, TurnNote], titles: Mapping[str, str]) -> Self:
        """`titles` are those of documents, by the ids of their passages."""
        refusals = [
            RefusalAnswer(
                category=verdict.category,
                severity=verdict.severity,
                reason=plain_reason(verdict.reason),
                matched=list(verdict.matched),
                layer=verdict.layer,
            )
            for verdict in turn.verdicts
            if not verdict.allowed
        ]
        same = ("id", "toy_id", "child_id", "source", "state", "started_at", "heard", "said")
        return cls(
            **{name: getattr(turn, name) for name in same},
            talk=turn.conversation_id,
            held_back=turn.refused,
            refusals=refusals,
            passages=[
                ToldPassageAnswer(id=passage, title=titles.get(passage, ""))
                for passage in turn.passages
            ],
            kept=NoteAnswer.of(notes.get(turn.id, TurnNote(turn.id))),
        )


class TurnListAnswer(Answer):
    turns: list[TurnAnswer]


class TalkPageAnswer(Answer):
    talk: TalkSummaryAnswer
    turns: list[TurnAnswer]
    """The oldest first."""
    later: str
    """The first turn that comes after these, "" where there is none."""


class NoteAsk(Request):
    """Takes the place of what was kept."""

    bookmarked: bool = False
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE_CHARS)] = ""
    correction: Annotated[Correction, Field(strict=False)] = Correction.NONE


class CorrectionsAnswer(Answer):
    """For whoever improves the guard; the hub sends it to nobody."""

    wrongly_refused: int
    wrongly_allowed: int
    turns: list[TurnAnswer]
    """The newest 1,000 of them."""


class RemovalAsk(Request):
    scope: Annotated[RemovalScope, Field(strict=False)]
    which: Id = ""
    """The id of a turn, a talk, a toy or a child, or a day."""


class RemovalAnswer(Answer):
    id: str
    scope: RemovalScope
    which: str
    asked_at: AwareDatetime
    due_at: AwareDatetime
    """Until then it can be undone."""
    turns: int
    state: RemovalState
    ended_at: AwareDatetime | None
    """When it was gone from the disk."""

    @classmethod
    def of(cls, removal: Removal) -> Self:
        return cls.model_validate(removal, from_attributes=True)


class RemovalsAnswer(Answer):
    removals: list[RemovalAnswer]


class CopiesAnswer(Answer):
    copies: list[str]
    """The names of the files."""


class RetentionAsk(Request):
    days: Annotated[int, Field(ge=0, le=MAX_KEEP_DAYS)]
    """0: for ever."""


class RetentionAnswer(Answer):
    days: int
    chosen: bool
    begins_at: AwareDatetime | None
    """Nothing is erased before; None: nothing waits for that."""
    too_old: int

    @classmethod
    def of(cls, keeping: Keeping) -> Self:
        return cls.model_validate(keeping, from_attributes=True)


class TalkExportAsk(Request):
    talk: Id = ""
    """A talk's id; "" is all."""
    since: Day = ""
    until: Day = ""
    """The last day."""
