"""Everything that a household has, as one ZIP file that is made while it is sent.

Each table is a JSON file, a list of its rows; a README says in plain words what each is. No password, token,
address of a grown-up or key is in it: tables and columns that aren't named here are left out.
"""

import asyncio
import json
import zipfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, select, tuple_

from hub.domain.clock import Clock
from hub.rating.cards import FOLDER as RATINGS
from hub.storage import schema
from hub.storage.family.memories import MEMORY_IS_SHOWN
from hub.storage.store import Store

ROWS_AT_ONCE: Final = 200
MAX_CARD_FILES: Final = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """One table."""

    table: Table
    what: str
    """For people."""
    columns: tuple[str, ...]


def _but(table: Table, *left_out: str) -> tuple[str, ...]:
    return tuple(column.name for column in table.c if column.name not in left_out)


EXPORTED: Final = (
    Exported(schema.household, "your household's settings", _but(schema.household)),
    Exported(schema.children, "your children's profiles", _but(schema.children)),
    Exported(schema.toys, "your toys: name, character, voice, level", _but(schema.toys)),
    Exported(schema.personas, "who each toy is and was", _but(schema.personas)),
    Exported(schema.toy_children, "which toy is whose", _but(schema.toy_children)),
    Exported(schema.visits, "friends who visit", _but(schema.visits)),
    Exported(schema.play_limits, "minutes, bedtime and rest times", _but(schema.play_limits)),
    Exported(schema.play_grants, "what you gave for once", _but(schema.play_grants)),
    Exported(schema.games, "stories and games that go on", _but(schema.games)),
    Exported(schema.satellites, "the devices in your toys", _but(schema.satellites, "certificate")),
    Exported(
        schema.house_services,
        "services at home that you approved",
        _but(schema.house_services),
    ),
    Exported(schema.conversations, "talks: when each began", _but(schema.conversations)),
    Exported(schema.turns, "what was heard and said, and how it was judged", _but(schema.turns)),
    Exported(schema.memories, "what toys remember of your children", _but(schema.memories, "mark")),
    Exported(schema.memory_choices, "whom toys may remember", _but(schema.memory_choices)),
    Exported(
        schema.voice_hints,
        "by whose voice toys may guess who speaks, without what they know of the voice",
        _but(schema.voice_hints, "voice"),
    ),
    Exported(schema.documents, "what you gave toys to know", _but(schema.documents, "raw")),
    Exported(
        schema.passages,
        "its text, in passages",
        _but(schema.passages, "indexed", "embedder", "vector"),
    ),
    Exported(schema.turn_notes, "your notes and bookmarks", _but(schema.turn_notes)),
    Exported(schema.removals, "what was deleted and when, without words", _but(schema.removals)),
    Exported(schema.alerts, "alerts, and what became of them", _but(schema.alerts, "messages")),
    Exported(schema.deliveries, "to whom alerts were sent", _but(schema.deliveries)),
    Exported(schema.adults, "grown-ups who get alerts", _but(schema.adults, "sealed_url")),
    Exported(
        schema.ledger, "what left your home: when, to whom, how much; no words", _but(schema.ledger)
    ),
    Exported(
        schema.voice_consents, "who agreed that a voice is copied", _but(schema.voice_consents)
    ),
    Exported(
        schema.guardians,
        "who may use the pages, without passwords",
        _but(schema.guardians, "password_hash", "sealed_totp", "totp_step"),
    ),
    Exported(
        schema.passkeys,
        "passkeys that they sign in with, without the keys",
        _but(schema.passkeys, "credential_id", "public_key", "sign_count"),
    ),
    Exported(schema.audit_log, "who did what on the pages", _but(schema.audit_log, "message")),
    Exported(
        schema.api_tokens,
        "programs that you let in, without their tokens",
        _but(schema.api_tokens, "token_hash"),
    ),
)
LEFT_OUT: Final[Mapping[str, str]] = {
    "invitations": "links that let somebody in",
    "recovery_codes": "codes in a second factor's place, of which the hub itself knows hashes alone",
    "guardian_sessions": "browsers that are signed in",
    "counters": "numbers that the hub counts with",
    "meta": "the hub's own marks",
    "hidden_turns": "what you have just deleted",
    "erased_memories": "marks of memories that were erased, without their words",
    "gone": "ids of what was erased or revoked, for older backups",
    "forgotten_turns": "exchanges that no model is told of any more",
}
"""Tables that are not exported, and what each holds."""
README: Final = """Your family's data, from your Pommai hub
{made}

Keep this file as carefully as a diary: it holds what your children said.

Each .json file is a list, in UTF-8, that any text editor and most programs can open:

{tables}
  report-cards/           what language models did in authored talks, where you rated any

What isn't in it:

  - passwords, tokens, keys, and the addresses at which grown-ups get alerts: a copy of those could be misused
  - sound of your children: the hub never keeps any
  - models and voices, which anybody can fetch again
  - what you have just deleted
  - what was sent to cloud services: ask them; the file ledger.json says when what went to whom

The hub went on while this file was made, so what was said meanwhile may be in one list and not yet in another.
"""


class _Sink:
    """What a ZipFile writes to, as it can't be rewound; what was written is taken from it."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


async def export(store: Store, clock: Clock) -> AsyncGenerator[bytes]:
    """The file, piece by piece. Raises DataError."""
    now = (await store.household.get()).local(clock.now())
    sink = _Sink()
    folder = f"pommai-{now:%Y-%m-%d}"
    file = zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]  # it is only written to
    readme = README.format(made=f"Made on {now:%d %B %Y at %H:%M}", tables=_listed())
    file.writestr(f"{folder}/README.txt", readme)
    yield sink.take()
    for each in EXPORTED:
        with file.open(f"{folder}/{each.table.name}.json", "w", force_zip64=True) as part:
            begin, after = b"[\n", None
            while rows := await store.database.read(partial(_page, each, after)):
                text = await asyncio.to_thread(_as_json, rows)
                await asyncio.to_thread(part.write, begin + text)
                yield sink.take()
                begin, after = b",\n", [rows[-1][column.name] for column in each.table.primary_key]
            part.write(b"[]\n" if begin == b"[\n" else b"\n]\n")
    cards = await asyncio.to_thread(_cards, store.database.folder / RATINGS)
    for card in cards:
        content = await asyncio.to_thread(card.read_bytes)
        await asyncio.to_thread(file.writestr, f"{folder}/report-cards/{card.name}", content)
        yield sink.take()
    file.close()
    yield sink.take()


def _listed() -> str:
    return "\n".join(f"  {each.table.name + '.json':<23} {each.what}" for each in EXPORTED)


def _page(
    each: Exported, after: Sequence[Any] | None, connection: Connection
) -> list[dict[str, Any]]:
    """The next rows, by the table's key; `after` is that of the last one so far."""
    table, key = each.table, tuple(each.table.primary_key)
    query = select(
        *(
            table.c[name]
            for name in {
                **dict.fromkeys(column.name for column in key),
                **dict.fromkeys(each.columns),
            }
        )
    )
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    if table is schema.memories:
        query = query.where(MEMORY_IS_SHOWN)
    if table is schema.turns:
        query = query.where(table.c.number.not_in(select(schema.hidden_turns.c.turn_number)))
    rows = connection.execute(query.order_by(*key).limit(ROWS_AT_ONCE)).mappings()
    return [dict(row) for row in rows]


def _as_json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A row a line."""
    lines = (json.dumps(row, ensure_ascii=False, default=_in_words) for row in rows)
    return ",\n".join(lines).encode("utf-8", "replace")


def as_plain(value: object) -> object:
    """What JSON can say of a column's value."""
    return _in_words(value) if isinstance(value, datetime | date | time) else value


def _in_words(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


def _cards(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))[:MAX_CARD_FILES]
