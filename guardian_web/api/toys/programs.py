"""What a toy hears, thinks and speaks with; for the hub's own command line, as a cloud must be agreed to."""

from dataclasses import replace
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code, refuse
from guardian_web.api.toys import toy_asked
from guardian_web.toys import programs_page
from guardian_web.toys.programs import FIELDS, lists_of, programs_for
from guardian_web.toys.programs_form import PLACES, ProgramsForm
from hub.core.toys.provider_options import ProviderOption
from hub.domain.api import Scope
from hub.domain.limits import (
    MAX_ANSWER_TOKENS,
    MAX_TEMPERATURE,
    MIN_ANSWER_TOKENS,
)
from hub.domain.toys import Toy

ROUTES: Final = RouteTable()
MAX_SETTINGS: Final = 20

ProviderNames = Annotated[list[models.Description], Field(max_length=PLACES)]
SettingName = Annotated[str, StringConstraints(max_length=40)]


class SettingAnswer(models.Answer):
    """A number that the toy's voice takes."""

    name: str
    least: float
    most: float
    usual: float | None
    """None: what the voice itself has."""
    step: float
    """1 for whole numbers; one from 0 to 1 is off or on."""


class ProviderAnswer(models.Answer):
    """Something that could be chosen."""

    name: str
    what: str
    sends: str
    """What leaves the home for it, to whom and where; "" where nothing does."""


class ProgramsAnswer(models.Answer):
    toy: str
    hears: list[str]
    """In the order in which they are asked; none: the household's list. "auto" is what the hub has itself."""
    thinks: list[str]
    speaks: list[str]
    troubles: list[str]
    """Why some of them can't be used now."""
    model: str
    """"" is the usual one."""
    temperature: float
    max_tokens: int
    voice: str
    """Its name at its provider; "" is the usual one."""
    voice_provider: str
    settings: dict[str, float]
    """Of the voice."""
    takes: list[SettingAnswer]
    """What its voice could have set."""
    choices: dict[str, list[ProviderAnswer]]
    """What there is to choose for each of the three lists."""


class ProgramsAsk(models.Request):
    """What is left out stays as it is."""

    hears: ProviderNames | None = None
    thinks: ProviderNames | None = None
    speaks: ProviderNames | None = None
    model: models.Description | None = None
    temperature: Annotated[float, Field(ge=0, le=MAX_TEMPERATURE)] | None = None
    max_tokens: Annotated[int, Field(ge=MIN_ANSWER_TOKENS, le=MAX_ANSWER_TOKENS)] | None = None
    settings: Annotated[dict[SettingName, float], Field(max_length=MAX_SETTINGS)] | None = None
    """All of the voice's: what isn't in it is as usual."""
    agrees: bool = False
    """The household agrees to what leaves the home for a newly chosen cloud, as `choices` tells it."""


@ROUTES.call("GET", "/toys/{toy}/programs", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> ProgramsAnswer:
    """Who hears, thinks and speaks for a toy, how it is set, and what else there is."""
    return await _shown(request, await toy_asked(request))


@ROUTES.call("PATCH", "/toys/{toy}/programs", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def change(request: web.Request, asked: ProgramsAsk) -> ProgramsAnswer:
    """Change some of it; nothing is changed where one part can't be."""
    toy = await toy_asked(request)
    given = asked.model_dump(exclude_none=True)
    form = ProgramsForm.of(toy, await programs_page.voice_choice(request, toy, toy))
    lists = {work: tuple(given[work]) if work in given else form.lists[work] for work in FIELDS}
    form = replace(
        form,
        lists=lists,
        model=given.get("model", form.model),
        temperature=f"{given.get('temperature', toy.temperature):g}",
        max_tokens=str(given.get("max_tokens", toy.max_tokens)),
        agrees="yes" if asked.agrees else "",
    )
    if asked.settings is not None:
        changed = replace(toy, providers=form.choice(toy))
        voice = await programs_page.voice_choice(request, toy, changed)
        settings = {name: f"{value:g}" for name, value in asked.settings.items()}
        form = replace(form, settings=settings, settings_of=voice.after)
    refuse(await programs_page.saved(request, toy, form))
    return await _shown(request, await toy_asked(request))


async def _shown(request: web.Request, toy: Toy) -> ProgramsAnswer:
    programs = await programs_for(request, toy)
    voice = await programs_page.voice_choice(request, toy, toy)
    own = voice.of(toy)
    lists = {work: list(names) for work, names in lists_of(toy.providers).items()}
    return ProgramsAnswer(
        toy=toy.name,
        **lists,
        troubles=[f"{o.name}: {o.problem}" for each in programs.values() for o in each.troubled],
        model=toy.model,
        temperature=toy.temperature,
        max_tokens=toy.max_tokens,
        voice=own.name,
        voice_provider=voice.after,
        settings=own.settings,
        takes=[SettingAnswer.model_validate(each, from_attributes=True) for each in voice.settings],
        choices={
            work: [
                ProviderAnswer(name=name, what=what, sends=sends(each.away.get(name)))
                for name, what in each.choices.items()
            ]
            for work, each in programs.items()
        },
    )


def sends(option: ProviderOption | None) -> str:
    """What leaves the home for it, to whom and where; "" where nothing does."""
    if option is None or option.place is None:
        return ""
    return f"{option.sends} to {option.place.company} in {option.place.country}"
