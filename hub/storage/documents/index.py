"""The full-text index of passages: SQLite's FTS5 over the stems of their words.

    add(connection, [(number, "dog bruno sleep")])
    there = standing(connection, ["dog", "sleep"])

The words come as stems, so that "dogs" finds "dog"; a passage has them in the order of its text.
Another database than SQLite needs another file like this one.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from hub.storage.talks.index import as_words

Numbers = NDArray[np.int64]
"""Of passages."""

TABLE = "passage_words"
"""FTS5 keeps tables of its own whose names begin so."""
VOCABULARY = f"{TABLE}_vocabulary"
INSTANCES = f"{TABLE}_instances"

CREATE_INDEX = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(stems, "
    "tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* M* Co'\")"
)
CREATE_TRIGGER = f"""CREATE TRIGGER {TABLE}_forgotten AFTER DELETE ON passages
BEGIN DELETE FROM {TABLE} WHERE rowid = old.number; END"""  # noqa: S608 - names of ours
"""Whatever removes a passage, also with its toy. Its words are on the disk until
`hub.storage.talks.index.merge` says that all is done."""
CREATE_VOCABULARY = f"CREATE VIRTUAL TABLE {VOCABULARY} USING fts5vocab({TABLE}, 'row')"
CREATE_INSTANCES = f"CREATE VIRTUAL TABLE {INSTANCES} USING fts5vocab({TABLE}, 'instance')"

_ADD = text(f"INSERT INTO {TABLE}(rowid, stems) VALUES(:number, :stems)")
_DROP = text(f"DELETE FROM {TABLE} WHERE rowid = :number")  # noqa: S608
_STANDING = f"SELECT group_concat(doc) FROM {INSTANCES} WHERE term = ?"  # noqa: S608
_STEMS = f"SELECT rowid, stems FROM {TABLE} WHERE rowid IN (SELECT value FROM json_each(?))"  # noqa: S608
_OFTEN = f"SELECT doc FROM {VOCABULARY} WHERE term = ?"  # noqa: S608
# A search asks by the driver itself: SQLAlchemy would take as long again to write the question and to read the rows.


def add(connection: Connection, entries: Sequence[tuple[int, str]]) -> None:
    """Index passages, in place of how they were before: numbers, and the stems of their words with spaces between."""
    rows = [{"number": number, "stems": as_words(stems)} for number, stems in entries]
    if rows:
        connection.execute(_DROP, rows)
        connection.execute(_ADD, rows)


def standing(connection: Connection, stems: Iterable[str]) -> Mapping[str, Numbers]:
    """The passages where each of these stands, as often as it stands there.

    One text of all of them takes a fifth of the time of FTS5's `bm25`, which looks up each passage's length.
    """
    found = {stem: connection.exec_driver_sql(_STANDING, (stem,)).scalar() for stem in stems}
    return {
        stem: np.fromstring(numbers, np.int64, sep=",")
        for stem, numbers in found.items()
        if numbers
    }


def often(connection: Connection, stems: Iterable[str]) -> Mapping[str, int]:
    """In how many of the household's passages each of these stands; those in none are left out."""
    found = {stem: connection.exec_driver_sql(_OFTEN, (stem,)).scalar() for stem in stems}
    return {stem: count for stem, count in found.items() if count}


def stems_of(
    connection: Connection, numbers: Sequence[int], among: Collection[str]
) -> Mapping[int, frozenset[str]]:
    """Which of some stems `add` was given of these passages."""
    rows = connection.exec_driver_sql(_STEMS, (json.dumps(numbers),))
    wanted = [(stem, f" {stem} ") for stem in among]
    return {
        number: frozenset(stem for stem, word in wanted if word in f" {stems} ")
        for number, stems in rows
    }
