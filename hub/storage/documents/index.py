"""The full-text index of passages: SQLite's FTS5 over the stems of their words, ranked by BM25.

    add(connection, [(number, "dog bruno sleep")])
    relevant = scores(connection, ["dog", "sleep"], {"house": 0.9})

The words come as stems, so that "dogs" finds "dog"; a passage has them in the order of its text.
Another database than SQLite needs another file like this one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from hub.storage.talks.index import as_words

Scores = NDArray[np.float64]
"""Rows of a passage's number and its score."""

TABLE = "passage_words"
"""FTS5 keeps tables of its own whose names begin so."""
VOCABULARY = f"{TABLE}_vocabulary"

CREATE_INDEX = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(stems, "
    "tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* M* Co'\")"
)
CREATE_TRIGGER = f"""CREATE TRIGGER {TABLE}_forgotten AFTER DELETE ON passages
BEGIN DELETE FROM {TABLE} WHERE rowid = old.number; END"""  # noqa: S608 - names of ours
"""Whatever removes a passage, also with its toy. Its words are on the disk until
`hub.storage.talks.index.merge` says that all is done."""
CREATE_VOCABULARY = f"CREATE VIRTUAL TABLE {VOCABULARY} USING fts5vocab({TABLE}, 'row')"

_ADD = text(f"INSERT INTO {TABLE}(rowid, stems) VALUES(:number, :stems)")
_DROP = text(f"DELETE FROM {TABLE} WHERE rowid = :number")  # noqa: S608
_SCORES = f"SELECT rowid, -bm25({TABLE}) FROM {TABLE} WHERE {TABLE} MATCH ?"  # noqa: S608
_NUMBERS = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH ?"  # noqa: S608
_STEMS = f"SELECT rowid, stems FROM {TABLE} WHERE rowid IN (SELECT value FROM json_each(?))"  # noqa: S608
_OFTEN = f"SELECT doc FROM {VOCABULARY} WHERE term = ?"  # noqa: S608
# A search asks by the driver itself: SQLAlchemy would take as long again to write the question and to read the rows.


def add(connection: Connection, entries: Sequence[tuple[int, str]]) -> None:
    """Index passages, in place of how they were before: numbers, and the stems of their words with spaces between."""
    rows = [{"number": number, "stems": as_words(stems)} for number, stems in entries]
    if rows:
        connection.execute(_DROP, rows)
        connection.execute(_ADD, rows)


def scores(connection: Connection, ranked: Sequence[str], frequent: Mapping[str, float]) -> Scores:
    """Number and BM25 of each passage with any of these, in no order; what comes more than once adds up.

    Of the `frequent` ones just the weight counts, not how often a passage has them: that takes a quarter of the time.
    """
    found = [np.zeros((0, 2))]
    if ranked:
        match = " OR ".join(_matching(stem) for stem in ranked)
        found.append(_rows(connection, _SCORES, match).reshape(-1, 2))
    for stem, weight in frequent.items():
        numbers = _rows(connection, _NUMBERS, _matching(stem)).reshape(-1)
        found.append(np.column_stack((numbers, np.full(len(numbers), weight))))
    return np.concatenate(found)


def _matching(stem: str) -> str:
    return f'"{as_words(stem).strip()}"'


def _rows(connection: Connection, query: str, match: str) -> Scores:
    return np.array(connection.exec_driver_sql(query, (match,)).cursor.fetchall(), np.float64)


def often(connection: Connection, stems: Iterable[str]) -> Mapping[str, int]:
    """In how many of the household's passages each of these stands; those in none are left out."""
    found = {stem: connection.exec_driver_sql(_OFTEN, (stem,)).scalar() for stem in stems}
    return {stem: count for stem, count in found.items() if count}


def stems_of(connection: Connection, numbers: Sequence[int]) -> Mapping[int, frozenset[str]]:
    """What `add` was given of these passages."""
    rows = connection.exec_driver_sql(_STEMS, (json.dumps(numbers),))
    return {number: frozenset(stems.split()) for number, stems in rows}
