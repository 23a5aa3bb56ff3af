"""All voices that a toy could have: heard before one is chosen, and copies of a person's own."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus

from aiohttp import web

from guardian_web.gate import for_guardians
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import guardian_page, see, toy_of, typed
from guardian_web.privacy.views import number_of_consent
from guardian_web.toys import voice_settings
from guardian_web.toys.programs import programs_for
from guardian_web.toys.programs_page import voice_choice
from guardian_web.upload import TAKES_FILES, UPLOAD
from guardian_web.voices.gallery import (
    FORMAT_WORDS,
    LATENCY_WORDS,
    VoiceForm,
    check_provider,
    gallery_of,
    saved,
)
from hub.domain.audio import wav
from hub.domain.consent import Consent
from hub.domain.limits import MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS
from hub.domain.toys import Toy, Voice
from hub.errors import PommaiError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

SAMPLE_S = 15.0
MAX_HEARD_CHARS = 500
"""Of an answer that a parent listens to while trying who a toy might be."""
CONSENT = marked(
    "The person whose voice it is knows that these recordings are sent to the service that speaks for "
    "this toy, that it makes a copy of their voice, that the toy will speak with it, and agrees."
)
"""Shown beside the box to tick, and kept word for word."""
DONE = {
    "saved": marked("Saved. It takes effect with the next turn."),
    "copied": marked("The voice is copied. The toy speaks with it from the next turn on."),
    "withdrawn": marked("The copy is deleted, and no toy speaks with it any more."),
}


async def show(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    return await _page(request, toy)


async def save(request: web.Request) -> web.StreamResponse:
    """The toy gets that voice with its provider, and with how its sound is sent."""
    toy = await toy_of(request)
    fields = {name: str(value) for name, value in (await request.post()).items()}
    gallery = await gallery_of(request, toy, (await programs_for(request, toy))["speaks"], fields)
    form = VoiceForm.read(fields, gallery)
    if problems := await saved(request, toy, gallery, form):
        return await _page(request, toy, replace(form, problems=problems), asked=fields)
    return see(f"/toys/{toy.id}/voices?by={gallery.by}&done=saved")


async def hear(request: web.Request) -> web.StreamResponse:
    """A voice as its provider lets it be heard, or else the toy with it: MP3 or WAV. Nothing is saved.

    With `text` the toy says that, as far as the guard lets it.
    """
    hub, toy = request.app[HUB], await toy_of(request)
    name, by = await typed(request, "voice"), await typed(request, "by")
    text = (await typed(request, "text"))[:MAX_HEARD_CHARS]
    settings = voice_settings.read(await request.post())
    if len(name) > MAX_DESCRIPTION_CHARS:
        raise web.HTTPBadRequest(text=_("That is no voice's name."))
    if by:
        await check_provider(request, toy, (await programs_for(request, toy))["speaks"], by)
    try:
        async with request.app[CLOCK].timeout(SAMPLE_S):
            if by and name and (mp3 := await hub.voices.preview(by, name)):
                return web.Response(body=mp3, content_type="audio/mpeg")
            if settings:
                toy = await _tuned(request, toy, settings)
            sound = await _spoken(request, toy, name, by, text)
            return web.Response(body=sound, content_type="audio/wav")
    except PommaiError as error:
        raise web.HTTPConflict(text=str(error)) from error
    except TimeoutError as error:
        raise web.HTTPConflict(text=_("The voice is too slow just now.")) from error


async def _tuned(request: web.Request, toy: Toy, settings: Mapping[str, str]) -> Toy:
    """The toy with the settings that a parent typed. Raises RefusedError where its voice doesn't take one."""
    choice = await voice_choice(request, toy, toy)
    if problems := voice_settings.problems(settings, choice.settings):
        raise RefusedError(next(iter(problems.values())))
    kept = choice.of(toy)
    return replace(toy, voice=replace(kept, settings=voice_settings.numbers(settings)))


async def _spoken(request: web.Request, toy: Toy, name: str, by: str, text: str) -> bytes:
    voices = request.app[HUB].voices
    considered = replace(toy, voice=replace(toy.voice, name=name))
    if by:
        considered = await voices.given_to(toy, Voice(name, provider=by))
    pcm = bytearray()
    async with aclosing(voices.sample(considered, text, by)) as sound:
        async for chunk in sound:
            pcm += chunk.data
    return wav(bytes(pcm))


async def copy(request: web.Request) -> web.StreamResponse:
    """The toy gets a copy of a person's voice, if that person agreed."""
    toy = await toy_of(request)
    try:
        await _copy(request, toy)
    except PommaiError as error:
        return await _page(request, toy, problem=str(error))
    return see(f"/toys/{toy.id}/voices?done=copied")


async def _copy(request: web.Request, toy: Toy) -> None:
    upload = request.get(UPLOAD)
    if upload is None:
        raise RefusedError(_("The recordings did not come along. Please choose them again."))
    if upload.fields.get("agreed") != "yes":
        raise RefusedError(_("A voice is copied only when the person whose voice it is agrees."))
    who = upload.fields.get("speaker", "").strip()
    if not who:
        raise RefusedError(_("Please say whose voice it is."))
    name = upload.fields.get("voice_name", "").strip()
    consent = Consent(who, request.app[CLOCK].now(), _(CONSENT))
    await request.app[HUB].voices.clone(toy.id, name, upload.files, consent)


async def withdraw(request: web.Request) -> web.StreamResponse:
    """Whose voice it is agrees no more: no toy speaks with the copy, and its provider deletes it."""
    toy = await toy_of(request)
    remains = await request.app[HUB].privacy.consents.withdraw(number_of_consent(request))
    if remains:
        why = _(
            "No toy speaks with that voice any more, but the copy could not be deleted: %(why)s",
            why=remains,
        )
        return await _page(request, toy, problem=why)
    return see(f"/toys/{toy.id}/voices?done=withdrawn")


ROUTES: list[web.AbstractRouteDef] = [
    web.get("/toys/{toy}/voices", for_guardians(show)),
    web.post("/toys/{toy}/voices", for_guardians(save)),
    web.post("/toys/{toy}/voice", for_guardians(hear)),
    web.post("/toys/{toy}/voices/copy", for_guardians(copy), name=f"{TAKES_FILES}voice"),
    web.post("/toys/{toy}/voices/copies/{consent}/withdraw", for_guardians(withdraw)),
]


async def _page(
    request: web.Request,
    toy: Toy,
    form: VoiceForm | None = None,
    *,
    asked: dict[str, str] | None = None,
    problem: str = "",
) -> web.StreamResponse:
    """`problem` is with copying a voice."""
    hub = request.app[HUB]
    programs = (await programs_for(request, toy))["speaks"]
    gallery = await gallery_of(request, toy, programs, asked or dict(request.query))
    copies = [
        consent
        for consent in await hub.privacy.consents.list()
        if consent.kept.provider == gallery.by
        and consent.kept.voice_id
        and (consent.copy_remains or not consent.kept.withdrawn_at)
    ]
    form = form or VoiceForm.of(toy, gallery.by)
    return await guardian_page(
        request,
        "voices.html",
        "toys",
        HTTPStatus.CONFLICT if problem or form.problems else HTTPStatus.OK,
        own=f"/toys/{toy.id}/voices?by={gallery.by}",
        toy=toy,
        gallery=gallery,
        form=form,
        copies=copies,
        copy_problem=problem,
        consent=CONSENT,
        done=DONE.get(request.query.get("done", ""), ""),
        name_max=MAX_NAME_CHARS,
        format_words=FORMAT_WORDS,
        latency_words=LATENCY_WORDS,
    )
