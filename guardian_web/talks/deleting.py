"""Deleting what was said, with a minute to think better of it; how long it is kept; and what was deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, own_address, see, typed
from hub.core.hub import Hub
from hub.domain.household import Adult, LedgerKind
from hub.domain.talks.kept import MAX_KEEP_DAYS, Removal, RemovalScope, RemovalState
from hub.domain.words import day_words
from hub.errors import DataError, NotFoundError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

REMOVALS_SHOWN: Final = 20
LEDGER_LOOKED_AT: Final = 300
"""Of its newest entries, for who got anything."""
SCOPE_WORDS: Final[Mapping[RemovalScope, str]] = {
    RemovalScope.TURN: marked("one turn"),
    RemovalScope.TALK: marked("a talk"),
    RemovalScope.DAY: marked("all of %(which)s"),
    RemovalScope.TOY: marked("all with %(which)s"),
    RemovalScope.CHILD: marked("all of %(which)s"),
    RemovalScope.WHOLE_TOY: marked("%(which)s, with all that was said"),
    RemovalScope.WHOLE_CHILD: marked("%(which)s, with all that was said"),
    RemovalScope.EVERYTHING: marked("everything that was said"),
    RemovalScope.VISIT: marked("what was said while a friend visited"),
    RemovalScope.OLDER: marked("what was said before %(which)s"),
}


@dataclass(frozen=True, slots=True)
class RemovalLine:
    removal: Removal
    what: str


async def undoable(hub: Hub, scope: RemovalScope | None = None) -> Sequence[RemovalLine]:
    """What was deleted within the last minute, the newest first; all of it, or what has that scope."""
    lines = await _lines(hub, RemovalState.WAITING)
    return [line for line in lines if scope in (None, line.removal.scope)]


async def show(request: web.Request) -> web.StreamResponse:
    """What is kept and for how long, what can be saved or deleted, and what was."""
    return await _page(request)


async def _page(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = ""
) -> web.StreamResponse:
    hub = request.app[HUB]
    adults = await hub.adults.list()
    done = request.query.get("done", "")
    return await guardian_page(
        request,
        "kept.html",
        "talks",
        status,
        own="/talks/kept",
        problem=problem,
        saved=done == "saved",
        keeping=await hub.retention.get(),
        kept=await hub.kept_talks.count(),
        most_days=MAX_KEEP_DAYS,
        toys=await hub.toys.list(archived=True),
        children=await hub.children.list(archived=True),
        undoable=await undoable(hub),
        erasing=await _lines(hub, RemovalState.ERASING),
        erased=(await _lines(hub, RemovalState.DONE))[:REMOVALS_SHOWN],
        copies=hub.removals.copies(),
        told=_told(adults),
        told_words=_told(adult for adult in adults if adult.digest_words),
        clouds=await _clouds(hub),
        corrections=await hub.turn_notes.counts(),
    )


async def delete(request: web.Request) -> web.StreamResponse:
    """`scope` and `which` as `Removals.ask` has them; back to the talks, where it can be undone."""
    hub = request.app[HUB]
    scope, which = await typed(request, "scope"), await typed(request, "which")
    if scope == RemovalScope.EVERYTHING and not await typed(request, "sure"):
        problem = _("Nothing was deleted: to delete everything, please tick that you are sure.")
        return await _page(request, HTTPStatus.CONFLICT, problem)
    try:
        await hub.removals.ask(RemovalScope(scope), which)
    except ValueError:
        return await _page(request, HTTPStatus.CONFLICT, _("Please choose what to delete."))
    except (NotFoundError, RefusedError) as error:
        return await _page(
            request, HTTPStatus.CONFLICT, _("Nothing was deleted: %(error)s.", error=error)
        )
    return see("/talks#deleted")


async def undo(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].removals.undo(await typed(request, "removal"))
    except (NotFoundError, RefusedError) as error:
        return await _page(request, HTTPStatus.CONFLICT, _("Sorry: %(error)s.", error=error))
    return see(own_address(await typed(request, "back")))


async def keep(request: web.Request) -> web.StreamResponse:
    """`days` 0 is for ever."""
    days = await typed(request, "days")
    if days == "other":
        days = await typed(request, "other")
    try:
        await request.app[HUB].retention.choose(
            int(days) if days.isascii() and days.isdigit() else -1
        )
    except DataError as error:
        return await _page(request, HTTPStatus.CONFLICT, _("Please %(error)s.", error=error))
    return see("/talks/kept?done=saved")


async def delete_copies(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].removals.delete_copies()
    return see("/talks/kept#copies")


async def _lines(hub: Hub, state: RemovalState) -> Sequence[RemovalLine]:
    toys = {toy.id: toy.name for toy in await hub.toys.list(archived=True)}
    children = {child.id: child.name for child in await hub.children.list(archived=True)}
    names = {**toys, **children, **await hub.removals.names()}
    return [
        RemovalLine(one, _(SCOPE_WORDS[one.scope], which=names.get(one.which) or _day(one.which)))
        for one in await hub.removals.list()
        if one.state is state
    ]


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _("somebody who is gone")
    return _(day_words(day))


def _told(adults: Iterable[Adult]) -> Sequence[str]:
    """Those of them who are told by mail or on a phone."""
    return list(dict.fromkeys(adult.name for adult in adults if adult.url))


async def _clouds(hub: Hub) -> Sequence[str]:
    """Whom words or sound were sent to lately; alerts have none."""
    recent = await hub.ledger.recent(LEDGER_LOOKED_AT)
    return sorted({entry.provider for entry in recent if entry.kind is not LedgerKind.ALERT})
