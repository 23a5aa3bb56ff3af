"""What a family gave its toys to know: documents, and the passages that they are cut into."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MAX_DOCUMENTS: Final = 200
"""Of a household."""
MAX_DOCUMENT_BYTES: Final = 10_000_000
"""Of one file as it comes; a book with some pictures."""
MAX_TYPED_CHARS: Final = 8000
"""Of what is typed; some three pages."""
MAX_DOCUMENT_CHARS: Final = 2_000_000
"""Of its text; three long novels."""
MAX_PASSAGES: Final = 10_000
"""Of a household: some sixty books, which are searched in milliseconds."""
MAX_TITLE_CHARS: Final = 120
MAX_ADDRESS_CHARS: Final = 2000
"""Of a page of the web."""
MAX_SOURCE_CHARS: Final = 500
"""Of a file's name or a page's address; the rest is cut off."""


class DocumentKind(StrEnum):
    """What a parent says that it is."""

    BACKSTORY = "backstory"
    """Where the toy comes from, and what happened to it."""
    FACT = "fact"
    """What is so in this family."""
    MEMORY = "memory"
    """What the family lived through together."""
    DOCUMENT = "document"
    """Anything else: a story, a book, a page."""


class DocumentFormat(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    EPUB = "epub"
    PDF = "pdf"


class DocumentState(StrEnum):
    WAITING = "waiting"
    """It is kept, and will be read soon."""
    READY = "ready"
    """Toys know it."""
    FAILED = "failed"
    """It can't be read; `Document.problem` says why."""
    REMOVING = "removing"
    """Nobody is shown it any more; it is being taken off the disk."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text, file or page."""

    id: str
    title: str
    kind: DocumentKind
    format: DocumentFormat
    added_at: datetime
    language: str = "en"
    """As `Toy.language`: of those who are to find something in it."""
    toy_id: str | None = None
    """Whose it is; None: every toy of the household knows it."""
    source: str = ""
    """The file's name, or the address of a page of the web; "" for what was typed."""
    cloud: bool = False
    """Its passages may also go, masked, to a language model outside the home."""
    state: DocumentState = DocumentState.WAITING
    problem: str = ""
    """One line for the parent on why it can't be read."""
    characters: int = 0
    """Of its text."""
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """Some sentences of a document, about 500 tokens."""

    id: str
    """The document's id, a colon and the passage's place in it, from 0."""
    document_id: str
    title: str
    """The document's."""
    kind: DocumentKind
    """Likewise."""
    cloud: bool
    """Likewise."""
    text: str


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that fits a question."""

    passage: Passage
    relevance: float
    """0 to 1: how much of the question stands in it."""
