"""Templates made into responses. Jinja escapes everything; templates hold no script and no style."""

from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import jinja2
from aiohttp import web

from guardian_web.cards import satellite_card
from guardian_web.guardian_hub import GuardianHub
from guardian_web.visitor import VISITOR

HERE = Path(__file__).parent


def page(
    request: web.Request, template: str, status: int = HTTPStatus.OK, **values: object
) -> web.Response:
    visitor = request.get(VISITOR)
    html = render(
        template,
        csrf=visitor.csrf if visitor else "",
        signed_in=visitor is not None and visitor.signed_in,
        status=status,
        **values,
    )
    return web.Response(text=html, content_type="text/html", status=status)


async def toys_values(hub: GuardianHub) -> dict[str, object]:
    """What `_toys.html` shows: the toys, and the devices that they live in or could."""
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
