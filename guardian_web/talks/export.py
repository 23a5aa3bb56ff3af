"""What was said as a file to keep: all of it as JSON, a table, or a page to print; some turns in memory at a time."""

import csv
import io
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import render
from guardian_web.talks.cards import speaker
from hub.core.hub import Hub
from hub.domain.household import Household
from hub.domain.talks.kept import Correction, TurnNote
from hub.domain.talks.talk import Turn
from hub.domain.words import CATEGORY_WORDS
from hub.translation import gettext as _

Json = dict[str, Any]
Period = tuple[datetime | None, datetime | None]

COLUMNS: Final = (
    "day",
    "time",
    "toy",
    "child",
    "who",
    "heard",
    "said",
    "held_back",
    "redirected",
    "told_from",
    "outcome",
    "bookmarked",
    "note",
    "correction",
    "talk",
    "turn",
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One turn, with what belongs to it."""

    turn: Turn
    note: TurnNote
    toy: str
    child: str
    told_from: Sequence[str]
    """Titles of documents from which the model was told a passage for it."""
    at: datetime
    """By the household's clock."""

    @property
    def who(self) -> str:
        return speaker(self.turn)

    @property
    def redirected(self) -> str:
        about = [
            _(CATEGORY_WORDS[verdict.category])
            for verdict in self.turn.verdicts
            if not verdict.allowed
        ]
        return "; ".join(dict.fromkeys(about))


Pieces = AsyncGenerator[Sequence[Kept]]


async def save(request: web.Request) -> web.StreamResponse:
    """`?talk=`, or `from=` and `until=` days, else all; `form=` json, csv or print."""
    hub = request.app[HUB]
    household = await hub.household.get()
    period = _period(request, household)
    form = request.query.get("form", "print")
    if form not in _FORMS:
        raise web.HTTPBadRequest(text=_("It can be saved as print, csv or json."))
    content_type, write = _FORMS[form]
    talk = request.query.get("talk", "")
    made_at = household.local(request.app[CLOCK].now())
    headers = {"Content-Type": f"{content_type}; charset=utf-8"}
    if form != "print":
        name = f"pommai-talks-{made_at:%Y-%m-%d}.{form}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for text in write(kept_turns(hub, household, talk, period), made_at):
        await response.write(text.encode())
    await response.write_eof()
    return response


async def save_corrections(request: web.Request) -> web.StreamResponse:
    """Turns about which the guard was wrong in a parent's eyes, for who improves it."""
    content = await corrections_of(request.app[HUB])
    text = json.dumps(content, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="pommai-corrections.json"'}
    return web.Response(text=text, content_type="application/json", headers=headers)


async def corrections_of(hub: Hub) -> Json:
    """What was said, what the guard made of it, and how it was wrong; no name, no toy and no time of day."""
    return {
        "corrections": [
            {
                "correction": note.correction,
                "note": note.text,
                "heard": turn.heard,
                "said": turn.said,
                "held_back": turn.refused,
                "verdicts": [asdict(verdict) for verdict in turn.verdicts],
            }
            for turn, note in await hub.turn_notes.corrected()
        ]
    }


async def kept_turns(
    hub: Hub,
    household: Household,
    talk: str = "",
    period: Period = (None, None),
    *,
    child: str = "",
) -> Pieces:
    """The turns of a talk, of a child, or of a time, the oldest first."""
    toys = {toy.id: toy.name for toy in await hub.toys.list(archived=True)}
    children = {child.id: child.name for child in await hub.children.list(archived=True)}
    async for turns in hub.kept_talks.all_turns(talk_id=talk, child_id=child, period=period):
        notes = await hub.turn_notes.of([turn.id for turn in turns])
        titles = await hub.knowledge.titles(turns)
        yield [
            Kept(
                turn,
                notes.get(turn.id, TurnNote(turn.id)),
                toys.get(turn.toy_id, ""),
                children.get(turn.child_id or "", ""),
                list(dict.fromkeys(titles[each] for each in turn.passages if each in titles)),
                household.local(turn.started_at),
            )
            for turn in turns
        ]


def _period(request: web.Request, household: Household) -> Period:
    try:
        first, last = (
            date.fromisoformat(text) if (text := request.query.get(name, "")) else None
            for name in ("from", "until")
        )
    except ValueError as error:
        raise web.HTTPBadRequest(text=_("Please give days such as 2026-11-21.")) from error
    return (
        household.midnight(first) if first else None,
        household.midnight(last + timedelta(days=1)) if last else None,
    )


async def _json(pieces: Pieces, made_at: datetime) -> AsyncGenerator[str]:
    yield f'{{"pommai": 1, "made_at": {json.dumps(made_at.isoformat())}, "turns": ['
    between = "\n"
    async for piece in pieces:
        for kept in piece:
            yield between + json.dumps(as_json(kept), ensure_ascii=False)
            between = ",\n"
    yield "\n]}\n"


def as_json(kept: Kept) -> Json:
    """All that is kept of a turn."""
    turn = asdict(kept.turn)
    del turn["revision"]
    turn["problem"] = turn.pop(
        "error"
    )  # in lines of the API that word says that something went wrong with the call
    own = {
        "toy": kept.toy,
        "child": kept.child,
        "started_at": kept.turn.started_at.isoformat(),
        "told_from": kept.told_from,
    }
    note = {"bookmarked": kept.note.bookmarked, "note": kept.note.text}
    return turn | own | note | {"correction": kept.note.correction}


async def _csv(pieces: Pieces, made_at: datetime) -> AsyncGenerator[str]:
    yield "\ufeff" + _row(COLUMNS)  # the mark lets spreadsheets read it as UTF-8
    async for piece in pieces:
        yield "".join(_row(_cells(kept)) for kept in piece)


def _cells(kept: Kept) -> Sequence[str]:
    turn, note = kept.turn, kept.note
    return (
        f"{kept.at:%Y-%m-%d}",
        f"{kept.at:%H:%M:%S}",
        kept.toy,
        kept.child,
        kept.who,
        turn.heard,
        " ".join(turn.said),
        " ".join(turn.refused),
        kept.redirected,
        "; ".join(kept.told_from),
        turn.state,
        "yes" if note.bookmarked else "",
        note.text,
        "" if note.correction is Correction.NONE else note.correction.replace("_", " "),
        turn.conversation_id,
        turn.id,
    )


def _row(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return line.getvalue()


async def _print(pieces: Pieces, made_at: datetime) -> AsyncGenerator[str]:
    yield render("print_head.html", made_at=made_at)
    async for text in print_turns(pieces):
        yield text


async def print_turns(pieces: Pieces) -> AsyncGenerator[str]:
    """What follows the head of a page to print: the talks, and its end."""
    talk = ""
    async for piece in pieces:
        yield render("print_turns.html", turns=piece, talk=talk)
        talk = piece[-1].turn.conversation_id
    yield render("print_end.html", empty=not talk)


_FORMS: Final[Mapping[str, tuple[str, Callable[[Pieces, datetime], AsyncGenerator[str]]]]] = {
    "json": ("application/json", _json),
    "csv": ("text/csv", _csv),
    "print": ("text/html", _print),
}
