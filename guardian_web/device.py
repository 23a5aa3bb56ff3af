"""One paired device that a toy lives in: its settings, what it is told to do, and how it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from aiohttp import web

from guardian_web.cards import SatelliteCard
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see
from guardian_web.software import device_card, software_of
from hub.domain.house_services import HOUSE, ServiceKind
from hub.domain.toys import ANY_VOICE, SatelliteSettings, SatelliteVitals, Wake
from hub.errors import PommaiError

TEXT_MOST = 300
WORDS_SHOWN = 6
FOLLOW_UPS_S = (0, 3, 6, 10, 20)

BUTTON: Mapping[str, str] = {
    "Held": "It listens until the button is let go.",
    "Tapped while it speaks": "It is silent.",
    "Pressed without your hub": "It says a line that it carries. It hears nothing then.",
    "Pressed five times in three seconds": "All toys are silent until you let them talk, and you are told.",
    "Held for eight seconds, without a word": "It forgets your hub and says a new pairing code.",
}
"""What a press does, for a parent."""

WAKE_WORDS: Mapping[Wake, str] = {
    Wake.OWN: "as it was set up",
    Wake.BUTTON: "its button",
    Wake.VOICE: "anybody's voice in the room",
    Wake.WORD: "its wake word",
}
WORDS = {
    "okay_nabu": "Okay Nabu: 48 heard, 0 false",
    "hey_jarvis": "Hey Jarvis: 35 heard, 1 false",
    "hey_mycroft": "Hey Mycroft: 34 heard, 1 false",
    "alexa": "Alexa: 38 heard, 0 false",
}
"""With what `make bench ONLY=wake` measured of each (docs/measuring.md), as short as a phone's list is wide."""
ORDERS: Mapping[str, tuple[str, str]] = {
    "identify": ("Blink and chirp", "It blinks and chirps."),
    "listen": ("Listen now", "It listens."),
    "stop-listening": ("Stop listening", "It does not listen now."),
    "be-quiet": ("Be quiet", "It is quiet."),
    "restart": ("Restart", "It starts anew; give it a minute."),
}
DONE_WORDS = {name: done for name, (_, done) in ORDERS.items()} | {
    "saved": "Saved.",
    "later": "Saved. It gets this when it is back.",
    "said": "It says that now.",
    "room": "Saved, and it holds at once.",
    "moved": "That holds from the next turn on.",
    "updating": "It gets this hub’s version. You may leave this page.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    form = {name: str(value) for name, value in (await request.post()).items()}

    def change(settings: SatelliteSettings) -> SatelliteSettings:
        return replace(
            settings,
            volume=_number(form, "volume", settings.volume),
            volume_cap=_number(form, "volume_cap", settings.volume_cap),
            led=_number(form, "led", settings.led),
            follow_up_s=_number(form, "follow_up_s", settings.follow_up_s),
            mute="mute" in form,
            wake=Wake(form["wake"]) if form.get("wake") in set(Wake) else settings.wake,
            word=form["word"] if form.get("word") in WORDS else settings.word,
        )

    try:
        saved = await request.app[HUB].settle(card.satellite.key, change)
    except PommaiError as error:
        return await _page(request, str(error))
    return _done(card, "saved" if saved.vitals else "later")


async def order(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    do = str((await request.post()).get("do", ""))
    try:
        await request.app[HUB].order(card.satellite.key, do)
    except PommaiError as error:
        return await _page(request, str(error))
    return _done(card, do)


async def update(request: web.Request) -> web.StreamResponse:
    """Begin to bring it the hub's own version of its software."""
    card = await _card(request)
    try:
        await request.app[HUB].update(card.satellite.key)
    except PommaiError as error:
        return await _page(request, str(error))
    return _done(card, "updating")


async def announce(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    text = str((await request.post()).get("text", ""))[:TEXT_MOST]
    try:
        await request.app[HUB].announce(card.satellite.key, text)
    except PommaiError as error:
        return await _page(request, str(error), text)
    return _done(card, "said")


async def move(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    toy = str((await request.post()).get("toy", ""))
    try:
        await request.app[HUB].move(card.satellite.key, toy)
    except PommaiError as error:
        return await _page(request, str(error))
    return _done(card, "moved")


async def hear_room(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    by = str((await request.post()).get("by", ""))
    if by not in await _rooms(request):
        return await _page(request, "that service is not approved any more: choose another")
    try:
        await request.app[HUB].hear_room(card.satellite.key, by)
    except PommaiError as error:
        return await _page(request, str(error))
    return _done(card, "room")


async def _rooms(request: web.Request) -> dict[str, tuple[str, str]]:
    """Who could listen to a room: to what a parent reads."""
    rooms = {
        "": ("Its own wake word or button", "Nobody listens to the room."),
        ANY_VOICE: (
            "Anybody's voice in the room",
            "The sound of the room goes to the hub all the time, and whatever is said there is written down.",
        ),
    }
    for service in await request.app[HUB].house_services.approved():
        if service.kind is ServiceKind.WAKE:
            words = ", ".join(service.choices[:WORDS_SHOWN])
            rooms[service.name] = (
                f"A wake word, heard by {service.name.removeprefix(HOUSE)}",
                f"The sound of the room goes there ({service.place}) all the time, not encrypted."
                + (f" It knows {words}; which of them count is set there." if words else ""),
            )
    return rooms


async def _page(request: web.Request, problem: str = "", text: str = "") -> web.StreamResponse:
    card = await _card(request)
    return await guardian_page(
        request,
        "device.html",
        "home",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        live=f"device:{card.slug}",
        own=f"/devices/{card.slug}",
        card=card,
        software=software_of(card),
        toys=await request.app[HUB].toys(),
        rooms=await _rooms(request),
        problem=problem,
        done=DONE_WORDS.get(request.query.get("done", ""), ""),
        settings=card.satellite.settings,
        wakes=WAKE_WORDS,
        words=WORDS,
        follow_ups=sorted({*FOLLOW_UPS_S, card.satellite.settings.follow_up_s}),
        orders=ORDERS,
        button=BUTTON,
        facts=_facts(card.satellite.vitals),
        text=text,
        text_most=TEXT_MOST,
    )


async def _card(request: web.Request) -> SatelliteCard:
    return await device_card(request.app[HUB], request.match_info["device"])


def _done(card: SatelliteCard, what: str) -> web.Response:
    return see(f"/devices/{card.slug}?done={what}")


def _number(form: Mapping[str, str], name: str, otherwise: int) -> int:
    """What isn't a number stays as it is; one that is out of range the hub refuses."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise


def _facts(vitals: SatelliteVitals | None) -> list[Fact]:
    if vitals is None:
        return []
    v = vitals
    facts = [
        ("Runs for", _duration(v.uptime_s)),
        ("Times linked since", _count(v.links)),
        ("Round trip", "" if v.round_trip_ms is None else f"{v.round_trip_ms:.0f} ms"),
        ("Wi-Fi signal", "" if v.signal_dbm is None else _signal(v.signal_dbm)),
        ("Processor", "" if v.cpu_celsius is None else f"{v.cpu_celsius:.0f} °C"),
        ("Memory of the toy", _megabytes(v.memory_kb)),
        ("Memory left", _megabytes(v.free_kb)),
        ("Sound lost", _count(v.lost)),
        ("Sound too late", _count(v.late)),
    ]
    return [Fact(name, value) for name, value in facts if value]


def _signal(dbm: float) -> str:
    words = "strong" if dbm >= -60 else "fair" if dbm >= -72 else "weak"
    return f"{words}, {dbm:.0f} dBm"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _megabytes(kilobytes: float | None) -> str:
    return "" if kilobytes is None else f"{kilobytes / 1024:.0f} MB"
