"""What every repository writes rows with: texts that fit, one row by its key, and the number of a change.

What a person enters (names, personas, topics) is refused when it is too long; what machines
report (what was heard, a satellite's description) is shortened.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, insert, select, update

from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import DataError
from hub.storage.schema import counters

MAX_HEARD_CHARS = 4000
MAX_DETAIL_CHARS = 500

REVISION = "revision"
"""The one counter behind `Turn.revision` and `Alert.revision`."""

Row = RowMapping | Mapping[str, Any]


def cut(text: str, most: int) -> str:
    """At most `most` characters that every database can hold (no NUL, no lone surrogates)."""
    return text[:most].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def entered(text: str, what: str, most: int) -> str:
    """What a person typed; raises DataError when it is longer than `most` characters."""
    if len(text) > most:
        raise DataError(f"{what} has {len(text)} characters; at most {most} fit")
    return cut(text, most)


def entered_name(text: str, what: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise DataError(f"{what} is empty: give it a name")
    return entered(name, what, MAX_NAME_CHARS)


def upsert(connection: Connection, key: Column[Any], row: dict[str, Any]) -> None:
    """Make the row of `key`'s table that has `row[key.name]` be `row`; others stay as they are."""
    changed = connection.execute(update(key.table).where(key == row[key.name]).values(row))
    if changed.rowcount == 0:
        connection.execute(insert(key.table).values(row))


def next_revision(connection: Connection) -> int:
    """The next number, taken in the caller's transaction.

    A reader that has seen revision n has seen all before it: the counter's row is locked until
    the commit, so numbers appear in order, and a rollback gives its number back.
    """
    count = update(counters).where(counters.c.name == REVISION).values(value=counters.c.value + 1)
    value = connection.scalar(count.returning(counters.c.value))
    if value is None:
        value = 1
        connection.execute(insert(counters).values(name=REVISION, value=value))
    return int(value)


def last_revision(connection: Connection) -> int:
    """The newest number that is in use; 0 before the first."""
    return connection.scalar(select(counters.c.value).where(counters.c.name == REVISION)) or 0
