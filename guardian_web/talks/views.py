"""One talk as a page: every turn in its order, and why some were redirected. One turn, to mark or delete it."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, typed
from guardian_web.talks.cards import toy_name, turn_cards
from guardian_web.talks.waterfall import waterfall
from hub.domain.limits import MAX_NOTE_CHARS
from hub.domain.talks.kept import Correction, TurnNote
from hub.errors import DataError, NotFoundError
from hub.translation import gettext as _
from hub.translation import marked

TURNS_SHOWN: Final = 20
"""A page of them has less than 100 KB, also where each says why it was redirected."""

CORRECTIONS: Final = (
    (Correction.NONE, marked("I have nothing to say about that")),
    (Correction.WRONGLY_REFUSED, marked("No: this should not have been redirected")),
    (Correction.WRONGLY_ALLOWED, marked("No: this should have been redirected")),
)


async def show(request: web.Request) -> web.StreamResponse:
    """`?turn=ID` begins with that turn."""
    hub = request.app[HUB]
    revision = await hub.revision()
    talk_id, at = request.match_info["conversation"], request.query.get("turn", "")
    page = await hub.kept_talks.page(talk_id, TURNS_SHOWN, at=at)
    toys = await hub.toys.list(archived=True)
    return await guardian_page(
        request,
        "talk.html",
        "talks",
        live="talks" if page.later else "talk",
        revision=revision,
        talk=page.summary,
        toy=toy_name(page.summary.toy_id, toys) or _("a toy"),
        cards=await turn_cards(hub, page.turns, toys),
        earlier=page.earlier,
        later=page.later,
    )


async def show_turn(request: web.Request) -> web.StreamResponse:
    return await _turn_page(request)


async def save_note(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    turn_id = request.match_info["turn"]
    chosen = str(form.get("correction", Correction.NONE))
    note = TurnNote(
        turn_id,
        bookmarked="bookmarked" in form,
        text=await typed(request, "note"),
        correction=Correction(chosen) if chosen in set(Correction) else Correction.NONE,
    )
    try:
        await request.app[HUB].turn_notes.save(note)
    except NotFoundError:
        raise
    except DataError as error:
        return await _turn_page(
            request, HTTPStatus.CONFLICT, _("Not saved: %(error)s.", error=error), note
        )
    return see(f"/turns/{turn_id}?done=saved")


async def _turn_page(
    request: web.Request,
    status: int = HTTPStatus.OK,
    problem: str = "",
    typed_note: TurnNote | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    turn = await hub.turns.get(request.match_info["turn"])
    if turn is None:
        raise NotFoundError(_("There is no such turn. Perhaps it was deleted."))
    [card] = await turn_cards(hub, [turn], await hub.toys.list(archived=True))
    return await guardian_page(
        request,
        "turn.html",
        "talks",
        status,
        own=f"/turns/{turn.id}",
        card=card,
        waterfall=waterfall(turn),
        note=typed_note or card.note,
        corrections=CORRECTIONS,
        problem=problem,
        saved=request.query.get("done") == "saved",
        note_max=MAX_NOTE_CHARS,
    )
