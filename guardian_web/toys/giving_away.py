"""Giving a toy's body away: it forgets this hub, and what it said can go with it; the rest that stays is told."""

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, toy_of, typed
from hub.domain.toys import Pairing, Satellite, Toy
from hub.errors import PommaiError


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await toy_of(request))


async def give_away(request: web.Request) -> web.StreamResponse:
    """Let go of every device that it lives in; with `talks`, delete what was said, too."""
    hub, toy = request.app[HUB], await toy_of(request)
    gone: Sequence[Satellite] = ()
    try:
        gone = await hub.devices.release_all(toy.id)
        talks = bool(await typed(request, "talks"))
        deleted = talks and await hub.removals.ask_all_with(toy.id) is not None
    except PommaiError as error:
        return await _page(request, toy, str(error), gone=gone)
    return await _page(request, toy, done=True, deleted=deleted, gone=gone)


async def _page(
    request: web.Request,
    toy: Toy,
    problem: str = "",
    *,
    done: bool = False,
    deleted: bool = False,
    gone: Sequence[Satellite] = (),
) -> web.StreamResponse:
    homes = _homes(request, toy)
    return await guardian_page(
        request,
        "give_away.html",
        "toys",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own=f"/toys/{toy.id}/give-away",
        toy=toy,
        homes=homes,
        plain=any(home.pairing is not Pairing.PAIRED for home in homes),
        problem=problem,
        done=done,
        deleted=deleted,
        gone=gone,
    )


def _homes(request: web.Request, toy: Toy) -> list[Satellite]:
    return [s for s in request.app[HUB].devices.list() if s.adopted and s.toy_id == toy.id]
