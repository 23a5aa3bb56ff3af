"""Templates made into responses. Jinja escapes everything; templates hold no script and no style."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypedDict

import jinja2
from aiohttp import web

from guardian_web.cards import SatelliteCard, satellite_card
from guardian_web.frame import Frame, frame_of
from guardian_web.guardian_hub import GuardianHub
from guardian_web.keys import ACCOUNTS, HUB
from guardian_web.visitor import VISITOR, keep_session
from hub.domain.toys import Toy

HERE = Path(__file__).parent


def page(
    request: web.Request, template: str, status: int = HTTPStatus.OK, **values: object
) -> web.Response:
    """A page for anybody, and also for a guardian when the hub can't be asked for its state."""
    visitor = request.get(VISITOR)
    around: dict[str, object] = {
        "frame": Frame(),
        "here": "",
        "live": "",
        "revision": 0,
        "own": "/",
    }
    html = render(
        template,
        csrf=visitor.csrf if visitor else "",
        signed_in=visitor is not None and visitor.signed_in,
        status=status,
        **around | values,
    )
    return web.Response(text=html, content_type="text/html", status=status)


async def guardian_page(
    request: web.Request,
    template: str,
    here: str,
    status: int = HTTPStatus.OK,
    *,
    live: str = "frame",
    revision: int | None = None,
    own: str = "",
    **values: object,
) -> web.Response:
    """A page in its frame, for who is signed in; their session lives longer by it.

    `here` is where it belongs in the navigation, `live` what its stream is to carry (see `sse`) and
    `revision` what that has seen. `own` is the address to load it from again, if not the request's.
    """
    hub = request.app[HUB]
    response = page(
        request,
        template,
        status,
        here=here,
        frame=await frame_of(hub),
        live=live,
        revision=await hub.revision() if revision is None else revision,
        own=own or (request.path_qs if request.method == "GET" else "/"),
        **values,
    )
    token = request[VISITOR].token
    if await request.app[ACCOUNTS].renew(token):
        keep_session(request, response, token)
    return response


def see(path: str) -> web.Response:
    """The browser gets `path` next: a reload there does not send a form again."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


class ToysValues(TypedDict):
    """What `_toys.html` shows: the toys, and the devices that they live in or could."""

    toys: Sequence[Toy]
    satellites: Sequence[SatelliteCard]
    homeless: Sequence[Toy]


async def toys_values(hub: GuardianHub) -> ToysValues:
    toys = await hub.toys()
    satellites = [satellite_card(s, toys) for s in await hub.satellites()]
    homeless = [t for t in toys if all(s.satellite.toy_id != t.id for s in satellites)]
    return {"toys": toys, "satellites": satellites, "homeless": homeless}


def compile_templates() -> None:
    """At start and in a thread, so that the first page doesn't hold up a toy that talks."""
    for name in _templates.list_templates():
        _templates.get_template(name)


def render(template: str, **values: object) -> str:
    return _templates.get_template(template).render(values)


def _iso(time: datetime) -> str:
    """For <time datetime>: the browser shows it in its own time zone."""
    return time.isoformat(timespec="seconds")


def _hub_time(time: datetime) -> str:
    """What stands there until a script runs: the hub's own time."""
    return time.astimezone().strftime("%d %b %H:%M")


_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(iso=_iso, hub_time=_hub_time)
