"""The passages of documents: shown, found by words, and what an embedding model made of them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from hub.domain.family.documents import DocumentKind, DocumentState, Passage
from hub.storage.database import Repository
from hub.storage.documents import index
from hub.storage.rows import Row, from_row
from hub.storage.schema import documents, passages

COMMON = 0.4
"""A word that stands in more of the passages finds too many of them to be looked for beside rarer ones."""
MAX_LOOKED_AT = 12_000
"""Passages in which a question's words stand, of which each takes some half a microsecond: the rarest words first."""


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
    cloud: bool
    """As in `Document`."""
    length: int
    """In characters."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may fit a question, by number."""

    number: int
    stems: frozenset[str]
    """Of the question's."""
    vector: bytes
    """16-bit floats, one part of it after the other; b"" where the model that was asked for hasn't read it yet."""


class PassageRepository(Repository):
    async def text(self, document_id: str) -> Sequence[Passage]:
        """All that was taken from a document, in its order."""
        query = _passages().where(passages.c.document_id == document_id)
        return await self._database.rows(query.order_by(passages.c.place), _passage)

    async def titles(self, ids: Collection[str]) -> Mapping[str, str]:
        """Of those of these passages that are there: their document's title, by the passage's id."""
        query = _passages().where(passages.c.id.in_(ids))
        return dict(await self._database.rows(query, lambda row: (row["id"], row["title"])))

    async def by_words(
        self,
        stems: Collection[str],
        passages_there: int,
        best: Callable[[Mapping[str, index.Numbers]], Sequence[int]],
        embedder: str = "",
    ) -> tuple[list[Candidate], Mapping[str, int]]:
        """Those that `best` takes of all passages with any of these stems, and in how many passages each stem stands.

        `best` is given the numbers of those where each stem stands, as often as it stands there, and gives numbers, the
        best first; it runs in the database's thread. Stems that too many passages have are left out, where there are
        rarer ones. `embedder` is the model whose vectors are wanted; "" for none.
        """

        def work(connection: Connection) -> tuple[list[Candidate], Mapping[str, int]]:
            often = index.often(connection, stems)
            numbers = best(index.standing(connection, _rarest(often, passages_there)))
            known = index.stems_of(connection, numbers, stems)
            kept = connection.execute(_vectors(embedder, numbers)) if embedder else ()
            vectors = {row.number: row.vector for row in kept}
            return [
                Candidate(number, known[number], vectors.get(number, b""))
                for number in numbers
                if number in known
            ], often

        return await self._database.read(work)

    async def numbered(
        self, numbers: Sequence[int], stems: Collection[str]
    ) -> Mapping[int, tuple[Passage, frozenset[str]]]:
        """The passages of these numbers, as far as they are there, and which of these stems each is found by."""
        query = _passages().where(passages.c.number.in_(numbers))

        def work(connection: Connection) -> Mapping[int, tuple[Passage, frozenset[str]]]:
            known = index.stems_of(connection, numbers, stems)
            return {
                row["number"]: (_passage(row), known.get(row["number"], frozenset()))
                for row in connection.execute(query).mappings()
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

    async def not_embedded(
        self, embedder: str, limit: int, *, cloud: bool = False
    ) -> Sequence[PassageToIndex]:
        """Passages that this model has not read yet; with `cloud` those of documents that may leave the home."""
        which = passages.c.embedder != embedder
        return await self._to_index(which & documents.c.cloud if cloud else which, limit)

    async def embed(self, embedder: str, made: Iterable[tuple[int, bytes]]) -> None:
        """Of passages, by number: their vectors."""

        def work(connection: Connection) -> None:
            for number, vector in made:
                change = update(passages).where(passages.c.number == number)
                connection.execute(change.values(embedder=embedder, vector=vector))

        await self._database.write(work)

    async def vectors(self, embedder: str, numbers: Collection[int]) -> Mapping[int, bytes]:
        """Those that this model made of these passages, by number."""
        query = _vectors(embedder, numbers)
        return dict(await self._database.rows(query, lambda row: (row["number"], row["vector"])))

    async def count_embedded(self, embedder: str, *, cloud: bool = False) -> tuple[int, int]:
        """How many passages this model has read, and how many there are; `cloud` as in `not_embedded`."""
        read = func.count().filter(passages.c.embedder == embedder)
        query = select(read, func.count()).select_from(passages)
        if cloud:
            query = query.join(documents, documents.c.id == passages.c.document_id)
            query = query.where(documents.c.cloud)

        def work(connection: Connection) -> tuple[int, int]:
            done, of = connection.execute(query).one()
            return done, of

        return await self._database.read(work)

    async def indexed(self, version: str) -> Sequence[IndexedPassage]:
        """Every passage that was indexed by this version, by number."""
        query = (
            select(
                passages.c.number,
                passages.c.document_id,
                documents.c.toy_id,
                documents.c.kind,
                documents.c.cloud,
                func.length(passages.c.text).label("length"),
            )
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


def _rarest(often: Mapping[str, int], count: int) -> list[str]:
    """Of stems in `count` passages those that tell them apart, up to MAX_LOOKED_AT together."""
    rare = [stem for stem in often if often[stem] <= COMMON * count] or list(often)
    rare.sort(key=lambda stem: (often[stem], stem))
    totals = accumulate(often[stem] for stem in rare)
    return rare[: 1 + sum(total <= MAX_LOOKED_AT for total in [*totals][1:])]


def _vectors(embedder: str, numbers: Collection[int]) -> Select[tuple[int, bytes]]:
    columns = select(passages.c.number, passages.c.vector)
    return columns.where(passages.c.embedder == embedder, passages.c.number.in_(numbers))


def _passages() -> Select[tuple[object, ...]]:
    own = (passages.c.number, passages.c.id, passages.c.document_id, passages.c.text)
    return select(*own, documents.c.title, documents.c.kind, documents.c.cloud).join(
        documents,
        (documents.c.id == passages.c.document_id) & (documents.c.state == DocumentState.READY),
    )


def _passage(row: Row) -> Passage:
    return from_row(Passage, row)
