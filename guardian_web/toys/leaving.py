"""Putting a toy aside, bringing it back, and removing it with all that was said with it."""

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of, typed


async def show(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    devices = request.app[HUB].devices.list()
    return await guardian_page(
        request,
        "leaving.html",
        "toys",
        own=f"/toys/{toy.id}/leaving",
        toy=toy,
        homes=[one.name for one in devices if one.adopted and one.toy_id == toy.id],
    )


async def archive(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    archived = await typed(request, "archived") == "yes"
    await request.app[HUB].toys.archive(toy.id, archived)
    return see("/toys#archived" if archived else f"/toys/{toy.id}")


async def remove(request: web.Request) -> web.StreamResponse:
    """Also lets go of each device that it lives in, so that no other toy speaks from there unasked."""
    hub, toy = request.app[HUB], await toy_of(request)
    await hub.devices.release_all(toy.id)
    await hub.removals.remove_toy(toy.id)
    return see("/toys#deleted")
