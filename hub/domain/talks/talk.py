"""What was said: turns, and the conversations that they make up."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.domain.safety import Verdict
from hub.domain.talks.trace import SoundCheck, Span

PAGE = "page"
"""The source of a turn in which a grown-up tries a toy on the pages."""
PARENT = "parent"
"""The source of a turn in which a toy says a parent's own words, and nobody spoke to it."""
TIMER = "timer"
"""The source of a turn in which a toy says that a timer is over."""
BUTTON = "button"
"""The source of a turn in which a toy says whom it talks with now, as somebody chose that at its button."""
UNASKED = (PARENT, TIMER, BUTTON)
"""The sources of turns in which nobody spoke …"""
WITHOUT_CHILD = (PAGE, *UNASKED)
"""… and of those in which no child did."""
HOME_ASSISTANT = "homeassistant"
"""The source of what came through Home Assistant, or another program that speaks Wyoming."""


class TurnState(StrEnum):
    DRAFT = "draft"
    """A guess at the child's words is on disk; the child may go on speaking. Nobody is shown it."""
    THINKING = "thinking"
    """The child's words are on disk; the answer is not complete."""
    DONE = "done"
    REFUSED = "refused"
    """The guard stopped it; a kind redirect was spoken instead."""
    FAILED = "failed"
    """A provider failed; a kind line was spoken instead."""
    CUT = "cut"
    """Interrupted: a barge-in, a lost link, or a hub that died in the middle."""


UNFINISHED = (TurnState.DRAFT, TurnState.THINKING)
QUESTION_MARKS = ("?", "？", "؟")
CLOSING = " \"'”’»)"
"""What may stand after them."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recogniser heard. `confidence` is 0 to 1, None where it says none."""

    text: str
    confidence: float | None = None
    final: bool = True
    ended: bool = False
    """On an interim one: by its own measure the recogniser takes the speaker to have finished."""


NOTES = "notes"
"""The role of what is known from earlier talks: data for a model, and nothing that anybody says."""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation as a language model sees it; `role` is system, user, assistant or NOTES."""

    role: str
    text: str


@dataclass(slots=True)
class Turn:
    """One exchange: a child said something, the toy answered. The record that parents read."""

    id: str
    toy_id: str
    source: str
    """Where it came from: satellite, say, page, parent, timer, homeassistant."""
    started_at: datetime
    conversation_id: str = ""
    """Given by the store: turns of one toy less than ten minutes apart share one."""
    child_id: str | None = None
    visit_id: str = ""
    """Of the visit in which it was said; a talk is all of one visit, or of none."""
    satellite_key: str | None = None
    state: TurnState = TurnState.THINKING
    heard: str = ""
    confidence: float | None = None
    said: list[str] = field(default_factory=list)
    """Clauses that were spoken, in order."""
    refused: list[str] = field(default_factory=list)
    """Clauses of the model that the guard stopped: for the parent, never spoken."""
    verdicts: list[Verdict] = field(default_factory=list)
    """The verdict on the child's words first, then those on the toy's clauses that matter."""
    providers: dict[str, str] = field(default_factory=dict)
    """Kind to provider name, e.g. {"stt": "sphinx"}."""
    timings_ms: dict[str, float] = field(default_factory=dict)
    """Step to milliseconds after the end of speech (after the request, for typed turns)."""
    spans: list[Span] = field(default_factory=list)
    """What was done when, and by whom: the turn's waterfall."""
    sound: SoundCheck | None = None
    """How the microphone sounded; None where there was none."""
    tokens_in: int = 0
    tokens_out: int = 0
    audio_in_ms: float = 0.0
    audio_out_ms: float = 0.0
    error: str = ""
    """One line on what failed, for the parent."""
    passages: list[str] = field(default_factory=list)
    """Ids of the passages of documents that the model was told for its answer, the best first."""
    persona_version: int = 0
    """Which of the toy's personas spoke; 0 where that wasn't kept yet."""
    revision: int = 0
    """Counts every change to any turn or alert, in order; "what changed since?" is a query on it."""

    @property
    def asks(self) -> bool:
        """The toy's last words in it were a question."""
        return bool(self.said) and self.said[-1].rstrip(CLOSING).endswith(QUESTION_MARKS)

    @property
    def tried(self) -> bool:
        """A grown-up tried the toy: no part of the child's talk, of what its model and its guard
        remember, or of the minutes until a break."""
        return self.source == PAGE
