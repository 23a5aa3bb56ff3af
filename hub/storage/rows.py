"""What every repository writes and reads: the domain's values as rows, one row by its key, and the number of a change.

A column is called as the field that it holds. What a person enters (names, personas, topics) is refused when it is
too long; what machines report (what was heard, a satellite's description) is shortened.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, Column, Connection, RowMapping, Table, insert, select, update

from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import DataError
from hub.storage.schema import counters, gone
from hub.translation import gettext as _

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_HEARD_CHARS = 4000
"""Of what was heard, and of any other text whose column names no length."""
MAX_DETAIL_CHARS = 500
MAX_LISTED = 500
"""Values in one list."""

REVISION = "revision"
"""The one counter behind `Turn.revision` and `Alert.revision`."""

Row = RowMapping | Mapping[str, Any]
T = TypeVar("T")


def to_row(value: "DataclassInstance", table: Table, **own: object) -> dict[str, Any]:
    """The fields of `value` that are columns of `table`; `own` stand in place of those that are kept otherwise.

    Texts and lists are shortened to what fits, but for keys.
    """
    same = {each.name: getattr(value, each.name) for each in fields(value) if each.name in table.c}
    row = same | own
    return {name: _fitting(kept, table.c[name]) for name, kept in row.items()}


def from_row(kind: type[T], row: Row, **own: object) -> T:
    """The value of that kind; a column that is no field is left out. Raises ValueError, which quotes nothing of it."""
    try:
        reader = _reader(kind)  # type: ignore[arg-type]  # a class has a hash
        value: T = reader.validate_python({**row, **own})
    except ValidationError as error:
        wrong = sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]})
        raise ValueError(f"{kind.__name__}: {', '.join(wrong)}") from None
    return value


@cache
def _reader(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _fitting(value: object, column: Column[Any]) -> object:
    if column.primary_key or column.unique or column.foreign_keys:
        return value  # a key that is cut is another key
    if isinstance(column.type, JSON):
        return _as_json(value)
    most = getattr(column.type, "length", None) or MAX_HEARD_CHARS
    return cut(value, most) if isinstance(value, str) else value


def _as_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, AbstractSet):
        value = sorted(value)
    match value:
        case str():
            return cut(value, MAX_HEARD_CHARS)
        case dict():
            return {_as_json(key): _as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [_as_json(each) for each in value[:MAX_LISTED]]
    return value


def cut(text: str, most: int) -> str:
    """At most `most` characters that every database can hold (no NUL, no lone surrogates)."""
    return text[:most].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def entered(text: str, what: str, most: int) -> str:
    """What a person typed; raises DataError when it is longer than `most` characters."""
    if len(text) > most:
        raise DataError(
            _(
                "%(what)s has %(number)s characters; at most %(most)s fit",
                what=what,
                number=len(text),
                most=most,
            )
        )
    return cut(text, most)


def entered_name(text: str, what: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise DataError(_("%(what)s is empty: give it a name", what=what))
    return entered(name, what, MAX_NAME_CHARS)


def upsert(connection: Connection, key: Column[Any], row: dict[str, Any]) -> None:
    """Make the row of `key`'s table that has `row[key.name]` be `row`; others stay as they are."""
    changed = connection.execute(update(key.table).where(key == row[key.name]).values(row))
    if changed.rowcount == 0:
        connection.execute(insert(key.table).values(row))


class Gone(StrEnum):
    """What can be gone for good."""

    TURN = "turn"
    TOY = "toy"
    CHILD = "child"
    MEMORY = "memory"
    DOCUMENT = "document"
    DEVICE = "device"
    ADULT = "adult"
    PERSON = "person"
    INVITATION = "invitation"
    PASSKEY = "passkey"
    VOICE_HINT = "voice_hint"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret


def note_gone(connection: Connection, kind: Gone, ids: Iterable[str], at: datetime) -> None:
    """So that no backup brings these back, see `hub.storage.gone`."""
    rows = [{"kind": kind.value, "which": which, "at": at} for which in ids]
    if rows:
        connection.execute(insert(gone), rows)


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
