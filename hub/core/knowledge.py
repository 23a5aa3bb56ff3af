"""What a family gives its toys to know: added, looked at, tried, shared with models outside the home, and removed."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hub.core.talks.talks import Talks
from hub.domain.clock import Clock
from hub.domain.family.documents import (
    MAX_DOCUMENT_BYTES,
    MAX_SOURCE_CHARS,
    MAX_TITLE_CHARS,
    MAX_TYPED_CHARS,
    Document,
    DocumentFormat,
    DocumentKind,
    FoundPassage,
    Passage,
)
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.egress.places import Place
from hub.egress.remote_embedder import RemoteEmbedder
from hub.egress.spending import Use
from hub.egress.web_page import WebPages
from hub.errors import DataError, NotFoundError
from hub.knowledge.documents.library import DocumentLibrary
from hub.knowledge.documents.passages import passages, sentences
from hub.knowledge.documents.reading import format_of, read_page
from hub.knowledge.documents.search import PassageSearch
from hub.storage.store import Store
from hub.translation import gettext as _

MAX_FETCHED: Final = 4
"""Pages of the web that wait for a parent to look at them."""
KEEP_FETCHED: Final = timedelta(hours=1)
GOOD_TITLE_CHARS: Final = 60
BOOK_CHARACTERS: Final = 500_000
"""A novel of 90,000 words."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What a parent says of it."""

    title: str = ""
    """"" takes a file's name, or what `title_of` finds in a text."""
    kind: DocumentKind = DocumentKind.DOCUMENT
    toy_id: str | None = None
    """None: for every toy."""
    cloud: bool = False
    """As in `Document`."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was taken from a page of the web, for a parent to look at; in memory until they keep it."""

    id: str
    address: str
    text: str
    passages: Sequence[str]
    """The text as it would be found."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """A question that a parent asked to see what toys know."""

    found: Sequence[FoundPassage]
    turn: Turn
    """What the toy said."""
    visitor: str = ""
    """A friend who visits: then the toy is told nothing of what was found. "" without a visit."""


@dataclass(frozen=True, slots=True)
class ReaderOutside:
    """A service outside the home that a parent chose to say what texts mean."""

    place: Place
    book_micro_usd: int
    """What it asks for reading BOOK_CHARACTERS, in millionths of a dollar."""
    price_known: bool
    """Else that is rather too dear than too cheap."""


class Knowledge:
    """That of one household's toys."""

    def __init__(
        self,
        store: Store,
        search: PassageSearch,
        library: DocumentLibrary,
        talks: Talks,
        pages: WebPages,
        clock: Clock,
        embedder: RemoteEmbedder | None = None,
    ) -> None:
        self._store = store
        self._search = search
        self._library = library
        self._talks = talks
        self._pages = pages
        self._clock = clock
        self._embedder = embedder
        self._fetched: dict[str, Fetched] = {}

    async def list(self) -> Sequence[Document]:
        """All documents, the newest first."""
        return await self._store.documents.list()

    async def get(self, document_id: str) -> Document:
        """Raises NotFoundError."""
        return await self._store.documents.get(document_id)

    async def text(self, document_id: str) -> Sequence[Passage]:
        """All that was taken from it, in its order; empty until it is read."""
        return await self._store.passages.text(document_id)

    async def titles(self, turns: Iterable[Turn]) -> Mapping[str, str]:
        """The titles of documents from which a model was told passages for these turns, by the passage's id."""
        told = {passage for turn in turns for passage in turn.passages}
        return await self._store.passages.titles(told) if told else {}

    async def add_text(self, text: str, about: NewDocument) -> Document:
        """What a parent typed. Raises DataError for what is no text, NotFoundError, RefusedError."""
        if not text.strip():
            raise DataError(_("there is nothing to know in it: write a sentence or more"))
        if len(text) > MAX_TYPED_CHARS:
            raise DataError(
                _(
                    "the text has %(number)s characters; at most %(most)s fit: save it as a file, and add that",
                    number=len(text),
                    most=MAX_TYPED_CHARS,
                )
            )
        return await self._add(text.encode(), DocumentFormat.TEXT, "", about, title_of(text))

    async def add_file(self, raw: bytes, name: str, about: NewDocument) -> Document:
        """A file that is called `name`. Raises DataError for what can't be read at all, NotFoundError, RefusedError."""
        kind = format_of(name)
        if not raw:
            raise DataError(_("the file is empty"))
        if len(raw) > MAX_DOCUMENT_BYTES:
            raise DataError(
                _(
                    "the file has more than %(most)s MB: add it in parts",
                    most=MAX_DOCUMENT_BYTES // 1000000,
                )
            )
        name = Path(name).name
        return await self._add(raw, kind, name, about, Path(name).stem[:MAX_TITLE_CHARS])

    async def fetch(self, address: str, *, at_home: bool = False) -> Fetched:
        """What would be taken from a page of the web; nothing is kept of it before `add_fetched`.

        `at_home`: the page may be on this home's network. Raises DataError, RefusedError, CloudsOffError.
        """
        page = await self._pages.fetch(address, MAX_DOCUMENT_BYTES, at_home=at_home)
        text = await read_page(page, self._clock)
        cut = await asyncio.to_thread(passages, text)
        found = Fetched(uuid.uuid4().hex, page.address, text, cut, self._clock.now())
        self._forget_fetched(MAX_FETCHED - 1)
        self._fetched[found.id] = found
        return found

    def fetched(self, fetched_id: str) -> Fetched:
        """Raises NotFoundError once it was kept, or left for an hour."""
        self._forget_fetched(MAX_FETCHED)
        if fetched_id not in self._fetched:
            raise NotFoundError(_("that page is not at hand any more: fetch it again"))
        return self._fetched[fetched_id]

    def all_fetched(self) -> Sequence[Fetched]:
        """Those that a parent hasn't kept yet, the oldest first."""
        self._forget_fetched(MAX_FETCHED)
        return list(self._fetched.values())

    async def add_fetched(self, fetched_id: str, about: NewDocument) -> Document:
        """Keep what `fetch` found, as it was shown. Raises NotFoundError, DataError, RefusedError."""
        found = self.fetched(fetched_id)
        raw, title = found.text.encode(), title_of(found.text)
        added = await self._add(raw, DocumentFormat.TEXT, found.address, about, title)
        self._fetched.pop(fetched_id, None)
        return added

    async def finish(self) -> None:
        """Read all that was added, and take off the disk what was removed, as happens by itself while the hub runs."""
        await self._library.finish()

    async def read_by_model(self) -> tuple[int, int] | None:
        """How many passages the model of meanings knows, and how many it may read; None without a model."""
        return await self._library.read_by_model()

    def reader_outside(self) -> ReaderOutside | None:
        """None where all that toys know is read at home alone."""
        if self._embedder is None or (place := self._embedder.place) is None:
            return None
        price = self._embedder.price
        return ReaderOutside(place, price.micro_usd(Use(characters=BOOK_CHARACTERS)), price.known)

    async def share(self, document_id: str, *, cloud: bool) -> None:
        """Whether models outside the home may be told of it, masked. Raises NotFoundError."""
        await self._store.documents.share(document_id, cloud=cloud)
        self._search.forget()

    async def remove(self, document_id: str) -> Document:
        """From now on no toy knows it, and soon it is gone from the disk; gives what it was. Raises NotFoundError."""
        document = await self._store.documents.get(document_id)
        await self._store.documents.remove(document_id)
        self._search.forget()
        return document

    async def try_question(self, toy: Toy, question: str) -> Tried:
        """What is found for it, and what the toy says, unheard and no part of a child's talk.

        Raises DataError, StoppedError.
        """
        turn = await self._talks.try_typed(toy, question)
        let_pass = bool(turn.verdicts) and turn.verdicts[0].allowed
        found = await self._search.find(question, toy, outside=let_pass)
        return Tried(found, turn, toy.visit.name if toy.visit else "")

    def _forget_fetched(self, most: int) -> None:
        """But the last `most`, of the last hour."""
        since = self._clock.now() - KEEP_FETCHED
        recent = [each for each in self._fetched.values() if each.at > since]
        self._fetched = {each.id: each for each in recent[max(0, len(recent) - most) :]}

    async def _add(
        self, raw: bytes, kind: DocumentFormat, source: str, about: NewDocument, title: str
    ) -> Document:
        document = Document(
            uuid.uuid4().hex,
            about.title.strip() or title,
            about.kind,
            kind,
            self._clock.now(),
            await self._language(about.toy_id),
            about.toy_id,
            source[:MAX_SOURCE_CHARS],
            about.cloud,
        )
        return await self._store.documents.add(document, raw)

    async def _language(self, toy_id: str | None) -> str:
        """The toy's; for all toys that of most of them. Raises NotFoundError."""
        toys = await self._store.toys.list()
        if toy_id is None:
            spoken = [toy.language for toy in toys]
            return max(spoken, key=spoken.count, default="en")
        for toy in toys:
            if toy.id == toy_id:
                return toy.language
        raise NotFoundError(_("there is no such toy: it was removed meanwhile"))


def title_of(text: str) -> str:
    """Its first line where that is short, such as a heading; else its first sentence, or the words of it that fit."""
    line = " ".join(text.strip().partition("\n")[0].split())
    line = line.lstrip("#>*- ") or line
    title = line if len(line) <= GOOD_TITLE_CHARS else next(sentences(line))
    if len(title) <= GOOD_TITLE_CHARS:
        return title
    cut = title[:GOOD_TITLE_CHARS]
    return (cut.rpartition(" ")[0] or cut[:-1]) + "…"


async def read_file(path: Path) -> bytes:
    """No more of it than tells that it is too large. Raises DataError."""

    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(MAX_DOCUMENT_BYTES + 1)

    try:
        return await asyncio.to_thread(read)
    except OSError as error:
        raise DataError(
            _("%(path)s can't be read: %(strerror)s", path=path, strerror=error.strerror)
        ) from error
