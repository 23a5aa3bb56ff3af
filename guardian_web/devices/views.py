"""One paired device that a toy lives in: its settings, what it is told to do, and how it is."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from guardian_web.devices.cards import SatelliteCard, device_card
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, typed
from hub.domain.network_services import NetworkService, ServiceKind
from hub.domain.toys import ANY_VOICE, Satellite, SatelliteSettings, SatelliteVitals, Wake
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

MAX_TEXT_CHARS = 300
WORDS_SHOWN = 6
FOLLOW_UPS_S = (0, 3, 6, 10, 20)

BUTTON: Mapping[str, str] = {
    marked("Held"): marked("It listens until you let go."),
    marked("Tapped while it speaks"): marked("It stops speaking."),
    marked("Pressed while it can't reach your hub"): marked(
        "It says a sentence that it carries. It doesn't listen then."
    ),
    marked("Pressed five times in three seconds"): marked(
        "All toys go silent until you let them talk again, and you get an alert."
    ),
    marked("Pressed twice quickly, where you switched that on"): marked(
        "It goes to the next of its children, and says who that is."
    ),
    marked("Held for eight seconds while nobody speaks"): marked(
        "It forgets your hub and says a new pairing code."
    ),
}
"""What a press does, for a parent."""

WAKE_LABELS: Mapping[Wake, str] = {
    Wake.OWN: marked("as it was set up"),
    Wake.BUTTON: marked("its button"),
    Wake.VOICE: marked("anybody's voice in the room"),
    Wake.WORD: marked("its wake word"),
}
WORDS = {
    "okay_nabu": marked("Okay Nabu: 48 heard, 0 false"),
    "hey_jarvis": marked("Hey Jarvis: 35 heard, 1 false"),
    "hey_mycroft": marked("Hey Mycroft: 34 heard, 1 false"),
    "alexa": marked("Alexa: 38 heard, 0 false"),
}
"""With what `make bench ONLY=wake` measured of each (docs/measuring.md), as short as a phone's list is wide."""
COMMANDS: Mapping[str, tuple[str, str]] = {
    "identify": (marked("Blink and chirp"), marked("It is blinking and chirping.")),
    "listen": (marked("Listen now"), marked("It is listening.")),
    "stop-listening": (marked("Stop listening"), marked("It has stopped listening.")),
    "be-quiet": (marked("Be quiet"), marked("It is quiet.")),
    "restart": (marked("Restart"), marked("It restarts. Please give it a minute.")),
}
DONE_WORDS = {name: done for name, (_, done) in COMMANDS.items()} | {
    "saved": marked("Saved."),
    "later": marked("Saved. The device gets this when it is back."),
    "said": marked("It is saying that now."),
    "room": marked("Saved. It takes effect at once."),
    "moved": marked("Saved. It takes effect with the next turn."),
    "updating": marked("It is getting this hub’s version. You can leave this page."),
}


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
            silent_offline="silent_offline" in form,
            next_child="next_child" in form,
            wake=Wake(form["wake"]) if form.get("wake") in set(Wake) else settings.wake,
            word=form["word"] if form.get("word") in WORDS else settings.word,
        )

    settled = request.app[HUB].devices.settle(card.satellite.key, change)
    return await _after(request, settled, "saved" if card.satellite.vitals else "later")


async def command(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    do = await typed(request, "do")
    return await _after(request, request.app[HUB].devices.command(card.satellite.key, do), do)


async def update(request: web.Request) -> web.StreamResponse:
    """Begin to bring it the hub's own version of its software."""
    card = await _card(request)
    return await _after(request, request.app[HUB].devices.update(card.satellite.key), "updating")


async def announce(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    text = (await typed(request, "text"))[:MAX_TEXT_CHARS]
    said = request.app[HUB].devices.announce(card.satellite.key, text)
    return await _after(request, said, "said", text)


async def move(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    toy = await typed(request, "toy")
    return await _after(request, request.app[HUB].devices.move(card.satellite.key, toy), "moved")


async def let_call(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    toys = [str(name) for name in (await request.post()).getall("toys", [])]
    called = request.app[HUB].devices.let_call(card.satellite.key, toys)
    return await _after(request, called, "saved")


async def hear_room(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    by = await typed(request, "by")
    if by not in await _rooms(request):
        return await _page(
            request, _("That service is not approved any more. Please choose another.")
        )
    return await _after(request, request.app[HUB].devices.hear_room(card.satellite.key, by), "room")


async def _after(
    request: web.Request, doing: Awaitable[Satellite], done: str, text: str = ""
) -> web.StreamResponse:
    """The device's page once that is done, or with why it could not be; `text` is what was typed."""
    try:
        await doing
    except PommaiError as error:
        return await _page(request, str(error), text)
    return see(f"/devices/{request.match_info['device']}?done={done}")


async def _rooms(request: web.Request) -> dict[str, tuple[str, str]]:
    """Who could listen to a room: to what a parent reads."""
    rooms = {
        "": (_("Its own wake word or button"), _("Nobody listens to the room otherwise.")),
        ANY_VOICE: (
            _("Anybody's voice in the room"),
            _(
                "The sound of the room goes to the hub all the time, and whatever is said there is written down."
            ),
        ),
    }
    for service in await request.app[HUB].network_services.approved():
        if service.kind is ServiceKind.WAKE:
            rooms[service.name] = (
                _("A wake word, heard by %(label)s", label=service.label),
                " ".join(_about_words(service)),
            )
    return rooms


def _about_words(service: NetworkService) -> Iterator[str]:
    yield _(
        "The sound of the room goes there (%(place)s) all the time, not encrypted.",
        place=service.place,
    )
    if service.choices:
        words = ", ".join(service.choices[:WORDS_SHOWN])
        yield _("It knows %(words)s; which of them count is set there.", words=words)


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
        toys=await request.app[HUB].toys.list(),
        rooms=await _rooms(request),
        problem=problem,
        done=DONE_WORDS.get(request.query.get("done", ""), ""),
        settings=card.satellite.settings,
        wakes=WAKE_LABELS,
        words=WORDS,
        follow_ups=sorted({*FOLLOW_UPS_S, card.satellite.settings.follow_up_s}),
        commands=COMMANDS,
        button=BUTTON,
        facts=_facts(card.satellite.vitals),
        text=text,
        text_most=MAX_TEXT_CHARS,
    )


async def _card(request: web.Request) -> SatelliteCard:
    return await device_card(request.app[HUB], request.match_info["device"])


def _number(form: Mapping[str, str], name: str, otherwise: int) -> int:
    """What isn't a number stays as it is; one that is out of range the hub refuses."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise


def _facts(vitals: SatelliteVitals | None) -> list[tuple[str, str]]:
    """What is known of how it is, in words."""
    if vitals is None:
        return []
    facts: Sequence[tuple[str, float | None, Callable[[float], str]]] = (
        (_("Running for"), vitals.uptime_s, _duration),
        (_("Connections since then"), vitals.links, "{:.0f}".format),
        (_("Round trip"), vitals.round_trip_ms, "{:.0f} ms".format),
        (_("Wi-Fi signal"), vitals.signal_dbm, _signal),
        (_("Processor"), vitals.cpu_celsius, "{:.0f} °C".format),
        (_("Memory used by Pommai"), vitals.memory_kb, _megabytes),
        (_("Memory left"), vitals.free_kb, _megabytes),
        (_("Sound lost"), vitals.lost, "{:.0f}".format),
        (_("Sound that came too late"), vitals.late, "{:.0f}".format),
    )
    return [(name, words(value)) for name, value, words in facts if value is not None]


def _signal(dbm: float) -> str:
    words = "strong" if dbm >= -60 else "fair" if dbm >= -72 else "weak"
    return f"{words}, {dbm:.0f} dBm"


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def _megabytes(kilobytes: float) -> str:
    return f"{kilobytes / 1024:.0f} MB"
