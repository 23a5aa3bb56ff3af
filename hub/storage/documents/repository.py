"""Documents and their passages: kept as they come, read, searched by words, and taken off the disk."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from hub.domain.family.documents import (
    MAX_DOCUMENTS,
    MAX_PASSAGES,
    MAX_TITLE_CHARS,
    Document,
    DocumentKind,
    DocumentState,
    Passage,
)
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import DocumentsChanged
from hub.storage.database import Repository
from hub.storage.documents import index
from hub.storage.rows import (
    MAX_DETAIL_CHARS,
    Gone,
    Row,
    cut,
    entered,
    from_row,
    note_gone,
    to_row,
)
from hub.storage.schema import documents, passages
from hub.storage.talks.index import merge
from hub.translation import gettext as _

COMMON = 0.4
"""A word that stands in more of the passages finds too many of them to be looked for beside rarer ones."""
MAX_RANKED = 4000
"""Ranking takes FTS5 some two microseconds for each passage that a word stands in."""
ERASED_AT_ONCE = 200
"""Passages in one transaction."""


@dataclass(frozen=True, slots=True)
class PassageToIndex:
    number: int
    place: int
    """In its document, from 0."""
    title: str
    """The document's."""
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """Where a passage belongs."""

    number: int
    document_id: str
    toy_id: str | None
    kind: DocumentKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may fit a question."""

    passage: Passage
    stems: frozenset[str]
    """By which it is found."""
    vector: bytes
    """16-bit floats; b"" where the model that was asked for hasn't read it yet."""


class DocumentRepository(Repository):
    async def add(self, document: Document, raw: bytes) -> Document:
        """Keep it with the bytes that it is to be read from.

        Raises RefusedError where there is no more room, DataError where the title is too long.
        """
        title = entered(" ".join(document.title.split()), _("the title"), MAX_TITLE_CHARS)
        if not title:
            raise DataError(_("the title is empty: give it a name"))
        row = to_row(document, documents, title=title) | {"raw": raw}

        def work(connection: Connection) -> None:
            there = select(func.count()).select_from(documents)
            if (connection.scalar(there) or 0) >= MAX_DOCUMENTS:
                raise RefusedError(
                    _(
                        "toys have %(most)s documents already: remove one that is not needed",
                        most=MAX_DOCUMENTS,
                    )
                )
            connection.execute(insert(documents).values(row))

        await self._write(work, DocumentsChanged())
        return await self.get(document.id)

    async def list(self) -> Sequence[Document]:
        """All but those that are being removed, the newest first."""
        shown = _counted().where(documents.c.state != DocumentState.REMOVING)
        return await self._database.rows(shown.order_by(documents.c.number.desc()), _document)

    async def unfinished(self) -> Sequence[Document]:
        """Those that are to be read or removed, the oldest first."""
        states = (DocumentState.WAITING, DocumentState.REMOVING)
        query = _counted().where(documents.c.state.in_(states)).order_by(documents.c.number)
        return await self._database.rows(query, _document)

    async def get(self, document_id: str) -> Document:
        """Raises NotFoundError."""
        query = _counted().where(
            documents.c.id == document_id, documents.c.state != DocumentState.REMOVING
        )
        found = await self._database.row(query, _document)
        if found is None:
            raise NotFoundError(_("there is no such document: it was removed meanwhile"))
        return found

    async def raw(self, document_id: str) -> bytes:
        """As it came; b"" once it is read."""
        query = select(documents.c.raw).where(documents.c.id == document_id)
        return await self._database.row(query, lambda row: row["raw"] or b"") or b""

    async def read(self, document_id: str, texts: Sequence[str], characters: int) -> None:
        """It was read: each passage's text. The bytes that it came in are dropped.

        Raises RefusedError where there is no room for so many passages.
        """

        def work(connection: Connection) -> None:
            there = select(func.count()).select_from(passages)
            if (connection.scalar(there) or 0) + len(texts) > MAX_PASSAGES:
                raise RefusedError(
                    _("toys know as much as they can search: remove a document that is not needed")
                )
            done = {"state": DocumentState.READY, "characters": characters, "raw": None}
            if not _change(connection, document_id, done):
                return
            for place, text in enumerate(texts):
                row = {"id": f"{document_id}:{place}", "document_id": document_id, "place": place}
                connection.execute(insert(passages).values(**row, text=text))

        await self._write(work, DocumentsChanged())

    async def fail(self, document_id: str, problem: str) -> None:
        """It can't be read; the bytes that it came in are dropped."""
        failed = {
            "state": DocumentState.FAILED,
            "problem": cut(problem, MAX_DETAIL_CHARS),
            "raw": None,
        }
        await self._write(
            lambda connection: _change(connection, document_id, failed), DocumentsChanged()
        )

    async def share(self, document_id: str, *, cloud: bool) -> None:
        """Whether models outside the home may be told of it. Raises NotFoundError."""
        change = update(documents).where(documents.c.id == document_id).values(cloud=cloud)

        def work(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise NotFoundError(_("there is no such document: it was removed meanwhile"))

        await self._write(work, DocumentsChanged())

    async def remove(self, document_id: str) -> None:
        """Nobody is shown it or told of it from now on; `erase_some` takes it off the disk."""
        going = {"state": DocumentState.REMOVING, "raw": None}
        change = update(documents).where(documents.c.id == document_id).values(going)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            connection.execute(change)
            note_gone(connection, Gone.DOCUMENT, [document_id], now)

        await self._write(work, DocumentsChanged())

    async def erase_some(self, document_id: str) -> bool:
        """Erase a part of a document that is being removed; whether there is more."""
        some = select(passages.c.number).where(passages.c.document_id == document_id)

        def work(connection: Connection) -> bool:
            numbers = connection.scalars(some.limit(ERASED_AT_ONCE)).all()
            connection.execute(delete(passages).where(passages.c.number.in_(numbers)))
            return bool(numbers)

        return await self._database.write(work)

    async def clean_index(self) -> None:
        """Write the index anew without what was erased, a part at a time."""
        begin = True
        while await self._database.write(partial(merge, begin=begin, table=index.TABLE)):
            begin = False

    async def forget(self, document_id: str) -> bool:
        """The last of it, once its passages are erased; whether the write-ahead log is empty of it, too."""
        gone = delete(documents).where(documents.c.id == document_id)
        if not await self._database.empty_log():
            return False
        await self._database.write(lambda connection: connection.execute(gone).rowcount)
        return await self._database.empty_log()

    async def text(self, document_id: str) -> Sequence[Passage]:
        """All that was taken from a document, in its order."""
        query = _passages().where(passages.c.document_id == document_id)
        return await self._database.rows(query.order_by(passages.c.place), _passage)

    async def some(self, ids: Collection[str]) -> Mapping[str, Passage]:
        """Those of these passages that are there, by id."""
        found = await self._database.rows(_passages().where(passages.c.id.in_(ids)), _passage)
        return {passage.id: passage for passage in found}

    async def by_words(self, stems: Collection[str]) -> tuple[index.Scores, Mapping[str, int]]:
        """BM25 of each passage with any of these stems, and in how many passages each stem stands.

        Stems that many passages have are left out, and as many of the most frequent as would take too long, but
        for the rarest one.
        """

        def work(connection: Connection) -> tuple[index.Scores, Mapping[str, int]]:
            often = index.often(connection, list(stems))
            count = connection.scalar(select(func.count()).select_from(passages)) or 0
            return index.scores(connection, _rarest(often, COMMON * count)), often

        return await self._database.read(work)

    async def numbered(self, numbers: Sequence[int], embedder: str = "") -> dict[int, Candidate]:
        """The passages of these numbers, as far as they are there; `embedder` is the model whose vectors are wanted."""
        query = _passages().add_columns(passages.c.embedder, passages.c.vector)

        def work(connection: Connection) -> dict[int, Candidate]:
            stems = index.stems_of(connection, numbers)
            rows = connection.execute(query.where(passages.c.number.in_(numbers))).mappings()
            return {
                row["number"]: Candidate(
                    _passage(row),
                    stems.get(row["number"], frozenset()),
                    row["vector"] if embedder and row["embedder"] == embedder else b"",
                )
                for row in rows
            }

        return await self._database.read(work)

    async def not_indexed(self, version: str, limit: int) -> Sequence[PassageToIndex]:
        """Passages that were not indexed by this version of the lists of words."""
        return await self._to_index(passages.c.indexed != version, limit)

    async def index(self, version: str, made: Iterable[tuple[int, str]]) -> None:
        """Of passages, by number: the stems of their words."""

        def work(connection: Connection) -> None:
            for number, stems in made:
                change = update(passages).where(passages.c.number == number)
                if connection.execute(change.values(indexed=version)).rowcount:
                    index.add(connection, [(number, stems)])

        await self._database.write(work)

    async def not_embedded(self, embedder: str, limit: int) -> Sequence[PassageToIndex]:
        """Passages that this model has not read yet."""
        return await self._to_index(passages.c.embedder != embedder, limit)

    async def embed(self, embedder: str, made: Iterable[tuple[int, bytes]]) -> None:
        """Of passages, by number: their vectors."""

        def work(connection: Connection) -> None:
            for number, vector in made:
                change = update(passages).where(passages.c.number == number)
                connection.execute(change.values(embedder=embedder, vector=vector))

        await self._database.write(work)

    async def count_embedded(self, embedder: str) -> tuple[int, int]:
        """How many passages this model has read, and how many there are."""
        read = func.count().filter(passages.c.embedder == embedder)
        query = select(read, func.count()).select_from(passages)

        def work(connection: Connection) -> tuple[int, int]:
            done, of = connection.execute(query).one()
            return done, of

        return await self._database.read(work)

    async def indexed(self, version: str) -> Sequence[IndexedPassage]:
        """Every passage that was indexed by this version, by number."""
        query = (
            select(passages.c.number, passages.c.document_id, documents.c.toy_id, documents.c.kind)
            .join(documents, documents.c.id == passages.c.document_id)
            .where(passages.c.indexed == version, documents.c.state == DocumentState.READY)
            .order_by(passages.c.number)
        )
        return await self._database.rows(query, partial(from_row, IndexedPassage))

    async def _to_index(self, which: ColumnElement[bool], limit: int) -> Sequence[PassageToIndex]:
        query = (
            select(
                passages.c.number,
                passages.c.place,
                documents.c.title,
                passages.c.text,
                documents.c.language,
            )
            .join(documents, documents.c.id == passages.c.document_id)
            .where(which, documents.c.state == DocumentState.READY)
            .limit(limit)
        )
        return await self._database.rows(query, partial(from_row, PassageToIndex))


def _rarest(often: Mapping[str, int], most: float) -> list[str]:
    """Those with at most so many passages, or all where none is as rare; of them what has MAX_RANKED together."""
    rare = sorted(stem for stem in often if often[stem] <= most) or sorted(often)
    rare.sort(key=often.__getitem__)
    totals = accumulate(often[stem] for stem in rare)
    return [stem for stem, total in zip(rare, totals, strict=True) if total <= MAX_RANKED] or rare[
        :1
    ]


def _change(connection: Connection, document_id: str, values: Mapping[str, object]) -> bool:
    """Of a document that waits to be read; whether there is one."""
    waits = documents.c.state == DocumentState.WAITING
    change = update(documents).where(documents.c.id == document_id, waits).values(**values)
    return connection.execute(change).rowcount > 0


def _counted() -> Select[tuple[object, ...]]:
    count = select(func.count()).where(passages.c.document_id == documents.c.id)
    columns = [each for each in documents.c if each.name != "raw"]
    return select(*columns, count.scalar_subquery().label("passages"))


def _passages() -> Select[tuple[object, ...]]:
    own = (passages.c.number, passages.c.id, passages.c.document_id, passages.c.text)
    return select(*own, documents.c.title, documents.c.kind, documents.c.cloud).join(
        documents,
        (documents.c.id == passages.c.document_id) & (documents.c.state == DocumentState.READY),
    )


def _document(row: Row) -> Document:
    return from_row(Document, row)


def _passage(row: Row) -> Passage:
    return from_row(Passage, row)
