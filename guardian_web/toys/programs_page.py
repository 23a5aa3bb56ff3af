"""The page of what a toy hears, thinks and speaks with: who is asked in which order, and how it sounds and answers."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of
from guardian_web.toys import voice_settings
from guardian_web.toys.programs import note_agreement, programs_for
from guardian_web.toys.programs_form import ProgramsForm, VoiceChoice
from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.domain.network_services import provider_label
from hub.domain.toys import ProviderKind, Toy
from hub.errors import PommaiError


async def show(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    return await _page(request, toy)


async def save(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    form = ProgramsForm.read(await request.post())
    problems = await saved(request, toy, form)
    if problems:
        return await _page(request, toy, form, problems)
    return see(f"/toys/{toy.id}/programs?done=saved")


async def saved(request: web.Request, toy: Toy, form: ProgramsForm) -> Mapping[str, str]:
    """Keeps what the form says, and what was agreed to; or gives what is wrong with it, and keeps nothing."""
    programs = await programs_for(request, toy)
    voice = await voice_choice(request, toy, replace(toy, providers=form.choice(toy)))
    if problems := form.problems(toy, programs, voice):
        return problems
    try:
        await request.config_dict[HUB].toys.save(form.apply(toy, voice))
        if form.newly_away(toy, programs):
            await note_agreement(request)
    except PommaiError as error:
        return {"": str(error)}
    return {}


async def voice_choice(request: web.Request, toy: Toy, changed: Toy) -> VoiceChoice:
    """Whose voice the toy has, and has once it is `changed`."""
    hub = request.config_dict[HUB]
    before, after = await hub.voices.provider_of(toy), await hub.voices.provider_of(changed)
    options = await hub.provider_options.of(ProviderKind.TTS)
    taken = next((option.voice_settings for option in options if option.name == after), ())
    return VoiceChoice(before, after, taken)


async def _page(
    request: web.Request,
    toy: Toy,
    form: ProgramsForm | None = None,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    programs = await programs_for(request, toy)
    voice = await voice_choice(request, toy, toy)
    return await guardian_page(
        request,
        "programs_of_toy.html",
        "toys",
        HTTPStatus.CONFLICT if problems else HTTPStatus.OK,
        own=f"/toys/{toy.id}/programs",
        toy=toy,
        form=form or ProgramsForm.of(toy, voice),
        problems=problems or {},
        saved=request.query.get("done") == "saved",
        programs=programs,
        away=[option for each in programs.values() for option in each.away.values()],
        missing=[option for each in programs.values() for option in each.missing],
        speaks=programs["speaks"].choices.get(voice.after, provider_label(voice.after)),
        voice=voice,
        settings=voice_settings.shown(voice.settings),
        setting_words=voice_settings.WORDS,
        description_max=MAX_DESCRIPTION_CHARS,
    )
