"""The steps of the guided first hour in a parent's words, and what each of them does with its form.

A step's page is `start_<step>.html`. What it shows besides the frame comes from its `values`; its `save` does what was
asked and gives what must be changed first, by field, or raises a PommaiError with one line.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from guardian_web.devices.cards import satellite_card
from guardian_web.first_hour.later_steps import (
    all_well,
    limits_values,
    models_values,
    privacy_values,
    save_limits,
    save_models,
)
from guardian_web.first_hour.toy_step import save_toy, toy_values
from guardian_web.household.adults import AdultForm, service_words
from guardian_web.household.settings import HouseholdForm, countries, helplines, time_zones
from guardian_web.household.ways import WAY_VALUES, Way, read_way
from guardian_web.keys import HUB
from guardian_web.pages import typed
from hub.core.hub import Hub
from hub.domain.family.children import Child, read_born
from hub.domain.family.first_hour import SetupStep
from hub.domain.limits import MAX_NAME_CHARS, MAX_URL_CHARS
from hub.domain.toys import Pairing, SatelliteSettings
from hub.errors import DataError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

Values = Mapping[str, Any]
Problems = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    why: str
    """What it is good for, in a sentence."""
    values: Callable[[web.Request], Awaitable[Values]]
    save: Callable[[web.Request], Awaitable[Problems]]


async def _home_values(request: web.Request) -> Values:
    settings = await request.app[HUB].household.get()
    return {
        "country": settings.country,
        "time_zone": settings.time_zone,
        "countries": countries(),
        "time_zones": time_zones(),
        "helplines": helplines(settings.country),
    }


async def _save_home(request: web.Request) -> Problems:
    hub = request.app[HUB]
    kept = await hub.household.get()
    country, time_zone = await typed(request, "country"), await typed(request, "time_zone")
    form = replace(HouseholdForm.of(kept), country=country, time_zone=time_zone)
    problems = form.problems(hub.catalogues.names())
    if not country:
        problems["country"] = _("Please choose a country, or leave this step for later.")
    if not problems:
        await hub.household.save(form.apply(kept))
    return problems


async def _children_values(request: web.Request) -> Values:
    hub = request.app[HUB]
    today = await hub.children.today()
    return {
        "children": [(child, child.age(today)) for child in await hub.children.list()],
        "name": await typed(request, "name"),
        "year": await typed(request, "year"),
        "this_year": today.year,
        "name_max": MAX_NAME_CHARS,
    }


async def _save_children(request: web.Request) -> Problems:
    """Add the one who is named; without a name there must be one already. With `more` the page comes again."""
    children = request.app[HUB].children
    name, year = " ".join((await typed(request, "name")).split()), await typed(request, "year")
    if not name:
        known = await children.list()
        return (
            {}
            if known and not year
            else {"name": _("Please give a name, or leave this for later.")}
        )
    if len(name) > MAX_NAME_CHARS:
        return {
            "name": _("That is too long: at most %(most)s characters fit.", most=MAX_NAME_CHARS)
        }
    try:
        born, _month, _day = read_born(year)
        child = await children.save(Child("", name, born))
    except RefusedError as error:
        return {"name": str(error)}
    except (DataError, ValueError):
        return {"year": _("Please give the year of birth, such as 2019.")}
    if "more" in await request.post():
        raise web.HTTPSeeOther(f"/start/children?added={child.id}")
    return {}


async def _try_values(request: web.Request) -> Values:
    toys = await request.app[HUB].toys.list()
    toy = await request.app[HUB].first_hour.toy() or next(iter(toys), None)
    return {"toy": toy, "tried": bool(await request.app[HUB].turns.recent(1))}


async def _device_values(request: web.Request) -> Values:
    hub = request.app[HUB]
    toys = await hub.toys.list()
    cards = [satellite_card(satellite, toys) for satellite in hub.devices.list()]
    return {
        "adopted": [card for card in cards if card.satellite.adopted],
        "found": [card for card in cards if not card.satellite.adopted],
        "toy": await hub.first_hour.toy() or next(iter(toys), None),
    }


async def _save_device(request: web.Request) -> Problems:
    """Adopt or pair the one that was chosen; without one there must be one already."""
    devices = request.app[HUB].devices
    device, toy = await typed(request, "satellite"), await typed(request, "toy")
    if not device:
        if not any(satellite.adopted for satellite in devices.list()):
            raise RefusedError(_("no device was chosen yet; you can leave this step for later"))
    elif "code" in await request.post():
        await devices.pair(device, await typed(request, "code"), toy or None)
    else:
        await devices.adopt(device, toy or None)
    return {}


async def _volume_values(request: web.Request) -> Values:
    devices = [satellite for satellite in request.app[HUB].devices.list() if satellite.adopted]
    toys = await request.app[HUB].toys.list()
    cards = [satellite_card(satellite, toys) for satellite in devices]
    return {
        "paired": [card for card in cards if card.satellite.pairing is Pairing.PAIRED],
        "plain": [card for card in cards if card.satellite.pairing is not Pairing.PAIRED],
        "sentence": "Hello! Am I too loud, too quiet, or just right?",
    }


async def _save_volume(request: web.Request) -> Problems:
    """Of one device, where the form is about one; with `say`, it is heard at once."""
    devices, key = request.app[HUB].devices, await typed(request, "satellite")
    if not key:
        return {}
    loud, most = await typed(request, "volume"), await typed(request, "volume_cap")
    if not (_is_percent(loud) and _is_percent(most)):
        return {"volume": _("Please choose from 0 to 100 %.")}

    def change(settings: SatelliteSettings) -> SatelliteSettings:
        return replace(settings, volume=int(loud), volume_cap=int(most))

    await devices.settle(key, change)
    if say := await typed(request, "say"):
        await devices.announce(key, say[:200])
        raise web.HTTPSeeOther("/start/volume?done=spoken")
    return {}


def _is_percent(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100


async def _save_alerts(request: web.Request) -> Problems:
    """Add somebody, or send a test to one who is there; without either there must be one already."""
    adults, sent = request.app[HUB].adults, await request.post()
    if test := await typed(request, "test"):
        await adults.send_test(test)
        raise web.HTTPSeeOther("/start/alerts?done=tested")
    if not await typed(request, "name"):
        return (
            {}
            if await adults.list()
            else {"": _("please say who is told, or leave this for later")}
        )
    await adults.save(AdultForm.read(sent).adult())
    raise web.HTTPSeeOther("/start/alerts")


async def _alerts_values(request: web.Request) -> Values:
    form = await request.post()
    return {
        "adults": await request.app[HUB].adults.list(),
        "name": await typed(request, "name"),
        "name_max": MAX_NAME_CHARS,
        "url_max": MAX_URL_CHARS,
        "service_words": service_words,
        "way": read_way(form) if "way" in form else Way.new(),
        **WAY_VALUES,
    }


STEPS: Mapping[SetupStep, Step] = {
    SetupStep.HOME: Step(
        marked("Where you live"),
        marked(
            "So that an alert can name the helplines for children in your country, and clocks are right."
        ),
        _home_values,
        _save_home,
    ),
    SetupStep.CHILDREN: Step(
        marked("Your children"),
        marked("So that a toy talks as fits their age. It is kept on your hub, and nowhere else."),
        _children_values,
        _save_children,
    ),
    SetupStep.TOY: Step(
        marked("The first toy"),
        marked("Choose who it is. You can change everything later, or add more toys."),
        toy_values,
        save_toy,
    ),
    SetupStep.TRY: Step(
        marked("Try it"),
        marked("Talk with the toy here before your child does."),
        _try_values,
        all_well,
    ),
    SetupStep.DEVICE: Step(
        marked("A body for the toy"),
        marked("The small computer with the microphone and the speaker, in which the toy lives."),
        _device_values,
        _save_device,
    ),
    SetupStep.VOLUME: Step(
        marked("How loud it is"),
        marked(
            "Small ears are easily hurt. A paired toy gets no louder than 70 %, unless you choose otherwise."
        ),
        _volume_values,
        _save_volume,
    ),
    SetupStep.LIMITS: Step(
        marked("Minutes and bedtime"),
        marked(
            "How long a day, and until when. You can give ten minutes more with a tap whenever you like."
        ),
        limits_values,
        save_limits,
    ),
    SetupStep.ALERTS: Step(
        marked("Who is told"),
        marked("When a child says something that a grown-up must know, you hear of it at once."),
        _alerts_values,
        _save_alerts,
    ),
    SetupStep.MODELS: Step(
        marked("Better ears, brain and voice"),
        marked(
            "What comes with Pommai is a demonstration. These run on the hub's own computer, "
            "and nothing leaves your home."
        ),
        models_values,
        save_models,
    ),
    SetupStep.PRIVACY: Step(
        marked("What leaves your home"),
        marked("Nothing does unless you choose it. Here is how it stands."),
        privacy_values,
        all_well,
    ),
}


async def to_do(hub: Hub) -> Sequence[tuple[SetupStep, Step]]:
    """What the first page reminds of: steps that are not done; none where no parent wants it."""
    if not (await hub.first_hour.progress()).reminds:
        return ()
    return [(s.step, STEPS[s.step]) for s in await hub.first_hour.steps() if not s.done]
