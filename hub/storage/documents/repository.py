"""Documents: kept as they come, read into passages, and taken off the disk."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from hub.domain.family.documents import (
    MAX_DOCUMENTS,
    MAX_PASSAGES,
    MAX_TITLE_CHARS,
    Document,
    DocumentState,
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

ERASED_AT_ONCE = 200
"""Passages in one transaction."""


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


def _change(connection: Connection, document_id: str, values: Mapping[str, object]) -> bool:
    """Of a document that waits to be read; whether there is one."""
    waits = documents.c.state == DocumentState.WAITING
    change = update(documents).where(documents.c.id == document_id, waits).values(**values)
    return connection.execute(change).rowcount > 0


def _counted() -> Select[tuple[object, ...]]:
    count = select(func.count()).where(passages.c.document_id == documents.c.id)
    columns = [each for each in documents.c if each.name != "raw"]
    return select(*columns, count.scalar_subquery().label("passages"))


def _document(row: Row) -> Document:
    return from_row(Document, row)
