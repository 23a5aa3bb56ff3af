"""What was said: talks, a search, notes, deleting, how long it is kept, and all of it as lines. For the owner.

No token is good for these calls: a child's words are for the family alone.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from aiohttp import web

from guardian_web.api.call import RouteTable, Stream, begin_lines, line
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.talks import answers
from guardian_web.keys import HUB
from guardian_web.talks.export import as_json, kept_turns
from hub.core.hub import Hub
from hub.domain.api import Scope
from hub.domain.household import Household
from hub.domain.talks.kept import Correction, TalkSearch, TurnNote
from hub.domain.talks.talk import Turn

TURNS_AT_ONCE: Final = 100

Period = tuple[datetime | None, datetime | None]

ROUTES: Final = RouteTable()


@ROUTES.call("POST", "/talks/list", Scope.OWNER)
async def list_talks(request: web.Request, asked: answers.TalkListAsk) -> answers.TalkListAnswer:
    """The talks, the newest first."""
    hub = request.config_dict[HUB]
    period = _days(asked.day, asked.day, await hub.household.get())
    talks = await hub.kept_talks.list(
        asked.limit, toy_id=asked.toy, period=period, before=asked.before
    )
    return answers.TalkListAnswer(talks=list(map(answers.TalkSummaryAnswer.of, talks)))


@ROUTES.call("POST", "/talks/search", Scope.OWNER, codes=(Code.REFUSED,))
async def search(request: web.Request, asked: answers.TurnSearchAsk) -> answers.TurnListAnswer:
    """Turns that are over and like that, the newest first."""
    hub = request.config_dict[HUB]
    period = _days(asked.day, asked.day, await hub.household.get())
    wanted = TalkSearch(
        words=asked.words, toy_id=asked.toy, child_id=asked.child, facets=frozenset(asked.only)
    )
    turns = await hub.kept_talks.search(wanted, asked.limit, period=period, before=asked.before)
    return answers.TurnListAnswer(turns=await _turns(hub, turns))


@ROUTES.call("GET", "/talks/corrections", Scope.OWNER)
async def corrections(request: web.Request) -> answers.CorrectionsAnswer:
    """Turns about which the guard was wrong in a parent's eyes."""
    hub = request.config_dict[HUB]
    counts = await hub.turn_notes.counts()
    found = await hub.turn_notes.corrected()
    return answers.CorrectionsAnswer(
        wrongly_refused=counts.get(Correction.WRONGLY_REFUSED, 0),
        wrongly_allowed=counts.get(Correction.WRONGLY_ALLOWED, 0),
        turns=await _turns(hub, [turn for turn, _ in found]),
    )


@ROUTES.call("GET", "/talks/retention", Scope.OWNER)
async def retention(request: web.Request) -> answers.RetentionAnswer:
    """How long what was said is kept."""
    return answers.RetentionAnswer.of(await request.config_dict[HUB].retention.get())


@ROUTES.call("PUT", "/talks/retention", Scope.OWNER)
async def keep(request: web.Request, asked: answers.RetentionAsk) -> answers.RetentionAnswer:
    """Keep what was said so many days, from the coming night on."""
    return answers.RetentionAnswer.of(await request.config_dict[HUB].retention.choose(asked.days))


@ROUTES.call("GET", "/talks/removals", Scope.OWNER)
async def removals(request: web.Request) -> answers.RemovalsAnswer:
    """What was deleted, the newest first."""
    found = await request.config_dict[HUB].removals.list()
    return answers.RemovalsAnswer(removals=list(map(answers.RemovalAnswer.of, found)))


@ROUTES.call("POST", "/talks/removals", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def remove(request: web.Request, asked: answers.RemovalAsk) -> answers.RemovalAnswer:
    """Delete it: out of sight at once, and erased after a minute."""
    removed = await request.config_dict[HUB].removals.ask(asked.scope, asked.which)
    return answers.RemovalAnswer.of(removed)


@ROUTES.call(
    "DELETE", "/talks/removals/{removal}", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED)
)
async def undo(request: web.Request) -> answers.RemovalAnswer:
    """Bring it back, within the minute."""
    brought = await request.config_dict[HUB].removals.undo(request.match_info["removal"])
    return answers.RemovalAnswer.of(brought)


@ROUTES.call("GET", "/talks/copies", Scope.OWNER)
async def copies(request: web.Request) -> answers.CopiesAnswer:
    """The hub's own copies of the database from before an update, which keep what was deleted since."""
    found = request.config_dict[HUB].removals.copies()
    return answers.CopiesAnswer(copies=[path.name for path in found])


@ROUTES.call("DELETE", "/talks/copies", Scope.OWNER)
async def delete_copies(request: web.Request) -> answers.CopiesAnswer:
    """Delete these copies. The answer is what is left."""
    await request.config_dict[HUB].removals.delete_copies()
    return await copies(request)


@ROUTES.call("POST", "/talks/export", Scope.OWNER, stream=Stream.LINES, cut_short=True)
async def export(request: web.Request, asked: answers.TalkExportAsk) -> web.StreamResponse:
    """All that is kept of every turn, the oldest first, one JSON object a line."""
    hub = request.config_dict[HUB]
    household = await hub.household.get()
    period = _days(asked.since, asked.until, household)
    response = await begin_lines(request)
    async for piece in kept_turns(hub, household, asked.talk, period):
        await response.write(b"".join(line(as_json(kept)) for kept in piece))
    return response


@ROUTES.call("GET", "/talks/{talk}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> answers.TalkPageAnswer:
    """The first 100 turns of a talk, the oldest first."""
    return await _page(request, "")


@ROUTES.call("GET", "/talks/{talk}/from/{turn}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_later(request: web.Request) -> answers.TalkPageAnswer:
    """100 turns of a talk from that one on."""
    return await _page(request, request.match_info["turn"])


@ROUTES.call("PUT", "/turns/{turn}/note", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def note(request: web.Request, asked: answers.NoteAsk) -> answers.NoteAnswer:
    """Bookmark a turn, write a note on it, or say that the guard was wrong."""
    turn_id = request.match_info["turn"]
    kept = TurnNote(turn_id, asked.bookmarked, asked.note, asked.correction)
    return answers.NoteAnswer.of(await request.config_dict[HUB].turn_notes.save(kept))


async def _page(request: web.Request, at: str) -> answers.TalkPageAnswer:
    hub = request.config_dict[HUB]
    page = await hub.kept_talks.page(request.match_info["talk"], TURNS_AT_ONCE, at=at)
    return answers.TalkPageAnswer(
        talk=answers.TalkSummaryAnswer.of(page.summary),
        turns=await _turns(hub, page.turns),
        later=page.later,
    )


async def _turns(hub: Hub, turns: Sequence[Turn]) -> list[answers.TurnAnswer]:
    notes = await hub.turn_notes.of([turn.id for turn in turns])
    titles = await hub.knowledge.titles(turns)
    return [answers.TurnAnswer.of(turn, notes, titles) for turn in turns]


def _days(first: str, last: str, household: Household) -> Period:
    """From the beginning of the one to the end of the other. Raises ApiError."""
    try:
        begins = household.midnight(date.fromisoformat(first)) if first else None
        ends = household.midnight(date.fromisoformat(last) + timedelta(days=1)) if last else None
    except (ValueError, OverflowError) as error:
        raise ApiError(Code.INVALID, "there is no such day: write it as 2026-11-21") from error
    return begins, ends
