"""Who hears, thinks and speaks for a toy, as a parent chooses it, and what each choice means for the home."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.toys.form import first
from hub.core.toys.provider_options import ProviderOption
from hub.domain.network_services import SERVICE_PREFIX, ServiceKind
from hub.domain.toys import AUTO, ProviderKind, Toy
from hub.translation import gettext as _
from hub.translation import marked

LANGUAGES_SHOWN: Final = 4
FIELDS: Final = {
    "hears": (ProviderKind.STT, ServiceKind.STT, marked("What recognises your child's words")),
    "thinks": (ProviderKind.LLM, None, marked("What thinks of answers")),
    "speaks": (ProviderKind.TTS, ServiceKind.TTS, marked("What speaks for the toy")),
}
"""A form's field to what it chooses."""


@dataclass(frozen=True, slots=True)
class Programs:
    """For one kind of work."""

    label: str
    choices: Mapping[str, str]
    """The name in a toy's list to what a parent reads; "" is the household's own list."""
    away: Mapping[str, ProviderOption] = field(default_factory=dict)
    """Of them, those that something leaves the home for."""
    missing: tuple[ProviderOption, ...] = ()
    """What can't be chosen, as something speaks against it."""
    trouble: str = ""
    """Why what is chosen now can't be used; "" where it can."""


async def programs_for(request: web.Request, toy: Toy) -> Mapping[str, Programs]:
    """By field; what the toy has now is among them, too, unless it was a service that is gone."""
    services = await request.app[HUB].network_services.approved()
    found = {}
    now = {
        "hears": first(toy.providers.stt),
        "thinks": first(toy.providers.llm),
        "speaks": first(toy.providers.tts),
    }
    for name, (kind, service_kind, label) in FIELDS.items():
        options = await request.app[HUB].provider_options.of(kind)
        choices = {"": _("as set for the household")}
        for service in services:
            if service.kind is service_kind:
                languages = ", ".join(service.languages[:LANGUAGES_SHOWN])
                more = " …" if len(service.languages) > LANGUAGES_SHOWN else ""
                choices[service.name] = (
                    f"{service.label}{f' ({languages}{more})' if languages else ''}"
                )
        fit = [option for option in options if not option.problem]
        choices |= {o.name: f"{o.what}{', in a cloud' if o.place else ''}" for o in fit}
        chosen = now[name]
        if not chosen.startswith(SERVICE_PREFIX) and chosen != AUTO:
            choices.setdefault(chosen, chosen)
        found[name] = Programs(
            label,
            choices,
            {o.name: o for o in options if o.place and o.name in choices},
            tuple(o for o in options if o.problem and o.name != chosen),
            next((o.problem for o in options if o.name == chosen and o.problem), ""),
        )
    return found


async def note_agreement(request: web.Request) -> None:
    """A guardian agreed to what a newly chosen cloud service gets; nothing is noted where all are turned off."""
    clouds = request.app[HUB].privacy.clouds
    if not clouds.off:
        await clouds.allow(clouds.lines(await clouds.services()))
