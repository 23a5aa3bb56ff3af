"""Who hears, thinks and speaks for a toy, as a parent chooses it, and what each choice means for the home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from hub.core.toys.provider_options import ProviderOption
from hub.domain.network_services import SERVICE_PREFIX, ServiceKind
from hub.domain.toys import AUTO, ProviderChoice, ProviderKind, Toy
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
    """The name in a toy's list to what a parent reads."""
    away: Mapping[str, ProviderOption] = field(default_factory=dict)
    """Of them, those that something leaves the home for."""
    missing: tuple[ProviderOption, ...] = ()
    """What can't be chosen, as something speaks against it."""
    troubled: Sequence[ProviderOption] = ()
    """What is chosen and can't be used now."""


def lists_of(choice: ProviderChoice) -> dict[str, tuple[str, ...]]:
    """A toy's own lists, by field; one that is empty is the household's."""
    return {"hears": choice.stt, "thinks": choice.llm, "speaks": choice.tts}


async def programs_for(request: web.Request, toy: Toy) -> Mapping[str, Programs]:
    """By field; what the toy has now is among them, too, unless it was a service that is gone."""
    hub = request.config_dict[HUB]
    services = await hub.network_services.approved()
    found = {}
    for name, (kind, service_kind, label) in FIELDS.items():
        options = await hub.provider_options.of(kind)
        choices = {}
        for service in services:
            if service.kind is service_kind:
                languages = ", ".join(service.languages[:LANGUAGES_SHOWN])
                more = " …" if len(service.languages) > LANGUAGES_SHOWN else ""
                choices[service.name] = (
                    f"{service.label}{f' ({languages}{more})' if languages else ''}"
                )
        fit = [option for option in options if not option.problem]
        choices |= {o.name: f"{o.what}{', in a cloud' if o.place else ''}" for o in fit}
        chosen = lists_of(toy.providers)[name]
        choices |= {
            each: each
            for each in chosen
            if each not in choices and each != AUTO and not each.startswith(SERVICE_PREFIX)
        }
        found[name] = Programs(
            label,
            choices,
            {o.name: o for o in options if o.place and o.name in choices},
            tuple(o for o in options if o.problem and o.name not in chosen),
            [o for o in options if o.problem and o.name in chosen],
        )
    return found


async def note_agreement(request: web.Request) -> None:
    """A guardian agreed to what a newly chosen cloud service gets; nothing is noted where all are turned off."""
    clouds = request.config_dict[HUB].privacy.clouds
    if not clouds.off:
        await clouds.allow(clouds.lines(await clouds.services()))
