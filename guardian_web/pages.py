"""Templates made into responses, and the frame around every page.

The frame stays true on an open page: open alerts, the emergency stop, the guard's health. Jinja
escapes everything; templates hold no script and no style.
"""

from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from http import HTTPStatus

import jinja2
from aiohttp import web
from jinja2.bccache import Bucket
from markupsafe import Markup
from yarl import URL

from guardian_web import base_path
from guardian_web.keys import HUB, PHONE_ENDPOINT
from guardian_web.sign_in.visitor import VISITOR, keep_session
from guardian_web.static_files import HERE, static_files
from hub.core.health import GuardHealth, Impairment
from hub.core.hub import Hub
from hub.domain.family.people import Role
from hub.domain.household import Household
from hub.domain.safety import AlertFilter, AlertLevel, AlertState
from hub.domain.toys import Toy
from hub.domain.words import day_words, short_day_words
from hub.translation import (
    capital,
    decimal,
    gettext,
    grouped,
    language,
    marked,
    shown,
    unfilled_ngettext,
)

LAYER_WORDS = {
    "rules": marked("Rules"),
    "classifier": marked("Trained classifier"),
    "talk": marked("The talk as a whole"),
    "llm": marked("Guard model"),
    "chat": marked("Your language model"),
    "openai": marked("OpenAI moderation"),
    "azure": marked("Azure AI Content Safety"),
}

URGENT = AlertFilter(AlertState.OPEN, AlertLevel.URGENT)


@dataclass(frozen=True, slots=True)
class LayerCard:
    """One layer of the guard; `impairment` None: it works."""

    name: str
    impairment: Impairment | None
    missing: Impairment | None
    """A judge that was added and gives no answer: the others judge strictly meanwhile."""


@dataclass(frozen=True, slots=True)
class Frame:
    open_alerts: int = 0
    urgent: int = 0
    """Alerts that nobody has acknowledged, and that can't wait."""
    urgent_title: str = ""
    """What the newest of them says."""
    stopped_at: datetime | None = None
    stop_reason: str = ""
    quiet: bool = False
    layers: Sequence[LayerCard] = ()
    rules_version: str = ""
    disk_is_full: bool = False

    @property
    def impaired(self) -> Sequence[LayerCard]:
        return [layer for layer in self.layers if layer.impairment]


async def keep_household_time(hub: Hub) -> Household:
    """What is rendered from here on has its times by the household's clock."""
    household = await hub.household.get()
    _zone.set(household.zone)
    return household


async def frame_of(hub: Hub) -> Frame:
    """What stands around a page now; what is rendered from here on has its times by the household's clock."""
    household = await keep_household_time(hub)
    urgent = await hub.alerts.list(1, URGENT)
    health = hub.health.guard
    return Frame(
        open_alerts=await hub.alerts.count_open(),
        urgent=await hub.alerts.count_open(AlertLevel.URGENT) if urgent else 0,
        urgent_title=urgent[0].title if urgent else "",
        stopped_at=household.emergency_stopped_at,
        stop_reason=household.stop_reason,
        quiet=household.quiet,
        layers=_layers(health),
        rules_version=health.rules_version,
        disk_is_full=hub.health.disk_is_full,
    )


def layer_words(layer: str) -> str:
    return LAYER_WORDS.get(layer, layer.replace("_", " ").capitalize())


def _layers(health: GuardHealth) -> Sequence[LayerCard]:
    impaired = {impairment.layer: impairment for impairment in health.impaired}
    missing = {impairment.layer: impairment for impairment in health.missing}
    return [
        LayerCard(layer_words(name), impaired.get(name), missing.get(name))
        for name in health.layers
    ]


FOLDERS_OF_TEMPLATES = sorted(HERE.glob("**/templates"))
"""Those that pages share, and each feature's own; no name of a template stands in two of them."""


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
        may_change=visitor is not None and visitor.may(Role.GUARDIAN),
        signed_in=visitor is not None and visitor.signed_in,
        me=visitor.guardian if visitor and visitor.signed_in else None,
        warned=_is_warned(request),
        status=status,
        **around | values,
    )
    return web.Response(text=html, content_type="text/html", status=status)


def _is_warned(request: web.Request) -> bool:
    """Whether a browser that doesn't trust the hub's own authority warned before it showed this."""
    by_tls = request.transport is not None and request.transport.get_extra_info("sslcontext")
    return bool(by_tls) and request.config_dict[PHONE_ENDPOINT].own is None


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
        own=own or (own_address(request.path_qs) if request.method == "GET" else "/"),
        **values,
    )
    token = request[VISITOR].token
    if await hub.sign_ins.seen(token):
        keep_session(request, response, token)
    return response


def own_address(text: str) -> str:
    """An address within these pages; the first page's where `text` is none of ours, such as `//elsewhere/x`."""
    try:
        url = URL(text)
    except ValueError:
        return "/"
    ours = text.startswith("/") and "//" not in text and not url.absolute
    return str(url) if ours else "/"


def see(path: str) -> web.Response:
    """The browser gets `path` next: a reload there does not send a form again."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


async def typed(request: web.Request, name: str) -> str:
    """What stands in a field of the form that came; "" where there is none."""
    return str((await request.post()).get(name, "")).strip()


async def toy_of(request: web.Request) -> Toy:
    """The toy that the address names. Raises HTTPNotFound."""
    toy = await request.app[HUB].toys.get(request.match_info["toy"])
    if toy is None:
        raise web.HTTPNotFound
    return toy


class _CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """Kept from one start to the next, in this user's own folder among the temporary ones; a full disk keeps none."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def compile_templates() -> None:
    """At start and in a thread, so that the first page doesn't hold up a toy that talks."""
    static_files()
    with suppress(OSError, RuntimeError):  # there is no such folder that is safe
        _templates.bytecode_cache = _CompiledTemplates()
    for name in _templates.list_templates():
        _templates.get_template(name)


def render(template: str, **values: object) -> str:
    html = _templates.get_template(template).render(
        values, static=static_files().folder, language=language()
    )
    return base_path.in_html(html)


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _local(time: datetime) -> datetime:
    """By the household's clock."""
    return time.astimezone(_zone.get())


def _time_words(time: datetime) -> str:
    """Where no element can stand, such as in a label."""
    local = _local(time)
    return f"{_short_day(local)} {local:%H:%M}"


def _day(day: date) -> str:
    return gettext(day_words(day))


def _short_day(day: date, *, weekday: bool = False) -> str:
    return gettext(short_day_words(day, weekday=weekday))


def _day_and_time(time: datetime) -> str:
    """For paper: in the time zone that it is in."""
    return f"{_day(time)}, {time:%H:%M}"


def _time(time: datetime, *, day: bool = False) -> Markup:
    """As an element that the browser shows in its own language; with `day` always with its date."""
    element = Markup('<time datetime="{}"{}>{}</time>')
    return element.format(_iso(_local(time)), " data-day" if day else "", _time_words(time))


def _clock(time: datetime) -> Markup:
    """The same without its date."""
    local = _local(time)
    return Markup('<time datetime="{}" data-clock>{:%H:%M}</time>').format(_iso(local), local)


_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)
"""The household's time zone; None is the hub's own."""

_templates = jinja2.Environment(
    extensions=["jinja2.ext.i18n"],
    loader=jinja2.FileSystemLoader(FOLDERS_OF_TEMPLATES),
    autoescape=True,
    finalize=shown,
    undefined=jinja2.StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.policies["ext.i18n.trimmed"] = True
_templates.install_gettext_callables(gettext, unfilled_ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
_templates.filters.update(
    iso=_iso,
    local=_local,
    time_words=_time_words,
    time=_time,
    clock=_clock,
    day=_day,
    short_day=_short_day,
    day_and_time=_day_and_time,
    capital=capital,
    decimal=decimal,
    grouped=grouped,
    translated=gettext,
)
