"""The last steps: minutes and bedtime, better models, and what leaves the home."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any, Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import typed
from guardian_web.privacy.words import clouds_card
from hub.domain.play.limits import MAX_MINUTES, DayLimits, PlayLimits, Whose, Window, suggested
from hub.domain.toys import ProviderKind
from hub.translation import gettext as _
from hub.translation import marked

PURPOSES: Final = {
    ProviderKind.STT: marked("To hear: recognises what your child says"),
    ProviderKind.LLM: marked("To think: talks freely, in the toy's character"),
    ProviderKind.TTS: marked("To speak: a natural voice"),
}
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


async def all_well(request: web.Request) -> Mapping[str, str]:
    """Nothing has to be saved."""
    return {}


async def limits_values(request: web.Request) -> Mapping[str, Any]:
    """Of each child, what holds, or else what is suggested for the age."""
    hub = request.app[HUB]
    today = await hub.children.today()
    rows = []
    for child in await hub.children.list():
        kept = await hub.play.limits(Whose(child_id=child.id))
        shown = kept if kept.any else suggested(child.age(today))
        day = shown.weekday
        fields = {
            "minutes": "" if day.minutes is None else str(day.minutes),
            "bedtime": f"{day.bedtime.begins:%H:%M}" if day.bedtime else "",
            "wakes": f"{day.bedtime.ends:%H:%M}" if day.bedtime else "",
        }
        sent = await request.post()
        fields |= {name: str(sent[key]) for name in fields if (key := f"{name}-{child.id}") in sent}
        rows.append((child, fields, kept.any))
    return {"rows": rows}


async def save_limits(request: web.Request) -> Mapping[str, str]:
    """What each child's fields say, for every day; an empty field is no limit of that sort."""
    hub = request.app[HUB]
    children = await hub.children.list()
    problems: dict[str, str] = {}
    found: dict[str, DayLimits] = {}
    for child in children:
        minutes, bedtime, wakes = [
            await typed(request, f"{name}-{child.id}") for name in ("minutes", "bedtime", "wakes")
        ]
        if minutes and not (re.fullmatch("[0-9]{1,4}", minutes) and int(minutes) <= MAX_MINUTES):
            problems[f"minutes-{child.id}"] = _(
                "Please give minutes, up to %(most)s.", most=MAX_MINUTES
            )
        if any(clock and not _CLOCK.fullmatch(clock) for clock in (bedtime, wakes)):
            problems[f"bedtime-{child.id}"] = _("Please give a time such as 19:30.")
        elif bool(bedtime) != bool(wakes):
            problems[f"bedtime-{child.id}"] = _(
                "Bedtime needs an end, too: when the toys may talk again."
            )
        if not problems:
            window = (
                Window(time.fromisoformat(bedtime), time.fromisoformat(wakes)) if bedtime else None
            )
            found[child.id] = DayLimits(int(minutes) if minutes else None, window)
    if problems:
        return problems
    for child_id, day in found.items():
        whose = Whose(child_id=child_id)
        kept = await hub.play.limits(whose)
        await hub.play.save(whose, _with(kept, day))
    return {}


def _with(kept: PlayLimits, day: DayLimits) -> PlayLimits:
    """Where the weekend was set apart, or rest times, that stays."""
    weekend = kept.weekend if kept.any and kept.weekend != kept.weekday else day
    return replace(
        kept,
        weekday=replace(day, rest=kept.weekday.rest),
        weekend=replace(weekend, rest=kept.weekend.rest),
        at_bedtime=kept.at_bedtime if kept.any else suggested(None).at_bedtime,
    )


async def models_values(request: web.Request) -> Mapping[str, Any]:
    models = request.app[HUB].models
    offers = await models.offers()
    return {
        "purposes": {
            words: [offer for offer in offers if offer.kind is kind]
            for kind, words in PURPOSES.items()
        },
        "fetching": models.state,
        "busy": models.busy,
    }


async def save_models(request: web.Request) -> Mapping[str, str]:
    """With `fetch`, begin to fetch that one; else go on."""
    if name := await typed(request, "fetch"):
        await request.app[HUB].models.fetch(name)
        raise web.HTTPSeeOther("/start/models")
    return {}


async def privacy_values(request: web.Request) -> Mapping[str, Any]:
    return {"clouds": await clouds_card(request.app[HUB].privacy.clouds)}
