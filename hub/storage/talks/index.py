"""The full-text index of what was said: SQLite's FTS5, in every script, kept in the transaction that writes a turn.

    index_turn(connection, turn_id)
    numbers = found(connection, TalkSearch("dog"), limit=30)

FTS5's `unicode61` takes vowel signs and other marks for gaps unless told otherwise, which would cut Tamil and
Hindi words to pieces, and takes a run of Chinese, Japanese or Thai, which put no spaces between words, for one
word. So marks belong to words here, and each character of those scripts stands as a word of its own; what is
looked for is taken apart in the same way, and its pieces must stand side by side. What turns are looked for by
besides their words (`Facet`, toy, child) are words of a column of their own, so that one index answers it all.

Another database than SQLite needs another file like this one.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select, text

from hub.domain.talks.kept import Correction, Facet, TalkSearch
from hub.domain.talks.talk import UNFINISHED
from hub.errors import RefusedError
from hub.storage.schema import turn_notes, turns
from hub.translation import gettext as _

TABLE = "turn_words"
"""FTS5 keeps tables of its own whose names begin so."""

CREATE_INDEX = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(heard, said, held_back, facets, prefix = '2 3', "
    "tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* M* Co'\")"
)

MAX_SEARCH_CHARS = 200
MAX_SEARCH_WORDS = 10
INDEXED_AT_ONCE = 500
MERGED_AT_ONCE = 200
"""Pages of the index, in one transaction: some milliseconds."""

_PLURAL = re.compile(r"(?<=\w\w[^\Wius])s$", re.IGNORECASE)
"""The end of "dogs", and not of "gas", "grass" or "this"."""
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese, which put no spaces between words."""


def as_words(said: str) -> str:
    """`said` as the index takes it: one form of each character, and spaces where a script has none."""
    pieces: list[str] = []
    after_unspaced = False
    for character in unicodedata.normalize("NFKC", said):
        if not unicodedata.category(character).startswith("M"):  # a mark stays with its letter
            is_unspaced = _UNSPACED.match(character) is not None
            if is_unspaced or after_unspaced:
                pieces.append(" ")
            after_unspaced = is_unspaced
        pieces.append(character)
    return "".join(pieces)


def index_turn(connection: Connection, turn_id: str) -> None:
    """Index a turn as it stands; one that goes on, or is gone, is not in the index."""
    query = _indexed.where(turns.c.id == turn_id)
    for row in connection.execute(query).mappings():
        forget(connection, [row["number"]])
        if row["state"] not in UNFINISHED:
            connection.execute(_ADD, _entry(dict(row)))


def index_all(connection: Connection) -> None:
    """Index every turn; for a database that has none in it yet."""
    last = -1
    while True:
        query = _indexed.where(turns.c.number > last).order_by(turns.c.number)
        rows = connection.execute(query.limit(INDEXED_AT_ONCE)).mappings().all()
        if not rows:
            return
        last = rows[-1]["number"]
        entries = [_entry(dict(row)) for row in rows if row["state"] not in UNFINISHED]
        if entries:
            connection.execute(_ADD, entries)


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """Take turns out of the index. Their words are on the disk until `merge` says that all is done."""
    for number in numbers:
        connection.execute(_FORGET, {"number": number})


def merge(connection: Connection, begin: bool, table: str = TABLE) -> bool:
    """Write a part of the index `table` anew, without what was forgotten; whether there is more to do.

    `begin` with the first part. The pages that held the old index are overwritten with zeros (`secure_delete`).
    """
    before = connection.scalar(text("SELECT total_changes()")) or 0
    pages = -MERGED_AT_ONCE if begin else MERGED_AT_ONCE
    connection.execute(
        text(f"INSERT INTO {table}({table}, rank) VALUES('merge', :pages)"), {"pages": pages}
    )
    after = connection.scalar(text("SELECT total_changes()")) or 0
    return begin or after - before >= 2


def found(
    connection: Connection,
    search: TalkSearch,
    *,
    numbers: tuple[int, int],
    before: int | None,
    limit: int,
) -> Sequence[int]:
    """Numbers of the turns that are like that, the newest first; `numbers` is from which to which, at most.

    Raises RefusedError for words that can't be looked for.
    """
    least, most = numbers
    found = connection.scalars(
        text(
            f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH :match AND rowid BETWEEN :least AND :most "  # noqa: S608
            "AND rowid NOT IN (SELECT turn_number FROM hidden_turns) "
            "ORDER BY rowid DESC LIMIT :limit"
        ),
        {
            "match": _match(search),
            "least": least,
            "most": most if before is None else min(most, before - 1),
            "limit": limit,
        },
    )
    return list(found)


def _match(search: TalkSearch) -> str:
    """As FTS5 has it. Every value is a quoted string in it, whatever a person typed."""
    wanted = [f"{{heard said held_back}} : {_phrase(word)}" for word in _words(search.words)]
    wanted += [f'facets : "{facet}"' for facet in sorted(search.facets)]
    if search.toy_id:
        wanted.append(f'facets : "{_facet_of("toy", search.toy_id)}"')
    if search.child_id:
        wanted.append(f'facets : "{_facet_of("child", search.child_id)}"')
    return " AND ".join(wanted) or 'facets : "turn"'


def _words(typed: str) -> list[str]:
    if len(typed) > MAX_SEARCH_CHARS:
        raise RefusedError(_("look for %(most)s letters at most", most=MAX_SEARCH_CHARS))
    words = [word for word in typed.split() if any(map(_is_letter, word))]
    if typed.strip() and not words:
        raise RefusedError(_("look for words: there is no letter and no number in that"))
    if len(words) > MAX_SEARCH_WORDS:
        raise RefusedError(_("look for %(most)s words at most", most=MAX_SEARCH_WORDS))
    return words


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


def _phrase(word: str) -> str:
    """By how it begins, so that "dog" finds "dogs"; a plural's last letter is left out, so that "dogs" finds "dog"."""
    begun = as_words(_PLURAL.sub("", word)).strip()
    quoted = '"' + begun.replace('"', " ").replace("\0", " ") + '"'
    is_spaced = not _UNSPACED.search(word)
    return f"{quoted} *" if is_spaced and len(word) > 1 else quoted


_indexed = select(
    turns.c.number,
    turns.c.state,
    turns.c.toy_id,
    turns.c.child_id,
    turns.c.heard,
    turns.c.said,
    turns.c.refused,
    turns.c.verdicts,
    turn_notes.c.bookmarked,
    turn_notes.c.text.label("note"),
    turn_notes.c.correction,
).outerjoin_from(turns, turn_notes, turn_notes.c.turn_id == turns.c.id)

_ADD = text(
    f"INSERT INTO {TABLE}(rowid, heard, said, held_back, facets) "
    "VALUES(:number, :heard, :said, :held_back, :facets)"
)
_FORGET = text(f"DELETE FROM {TABLE} WHERE rowid = :number")  # noqa: S608 - a name of ours


def _entry(row: dict[str, object]) -> dict[str, object]:
    return {
        "number": row["number"],
        "heard": as_words(str(row["heard"])),
        "said": as_words(_joined(row["said"])),
        "held_back": as_words(_joined(row["refused"])),
        "facets": " ".join(_facets(row)),
    }


def _joined(lines: object) -> str:
    return " ".join(map(str, lines)) if isinstance(lines, list) else ""


def _facets(row: dict[str, object]) -> Iterator[str]:
    yield "turn"
    yield _facet_of("toy", str(row["toy_id"]))
    if row["child_id"]:
        yield _facet_of("child", str(row["child_id"]))
    verdicts = row["verdicts"] if isinstance(row["verdicts"], list) else []
    if any(not verdict.get("allowed") for verdict in verdicts):
        yield Facet.REFUSED
    if any(verdict.get("alert") for verdict in verdicts):
        yield Facet.ALERT
    if any(verdict.get("look") for verdict in verdicts):
        yield Facet.LOOK
    if row["bookmarked"]:
        yield Facet.BOOKMARKED
    if row["note"]:
        yield Facet.NOTED
    if row["correction"] not in (None, Correction.NONE):
        yield Facet.CORRECTED


def _facet_of(kind: str, key: str) -> str:
    """One word, whatever characters the key has."""
    return f"{kind}{key.encode().hex()}"
