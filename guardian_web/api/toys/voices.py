"""The voices that a toy could have, and choosing one; for the hub's own command line, as a cloud must be agreed to."""

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code, refuse
from guardian_web.api.toys import toy_asked
from guardian_web.api.toys.programs import sends
from guardian_web.toys.programs import programs_for
from guardian_web.voices.gallery import Gallery, VoiceForm, gallery_of, saved
from hub.domain.api import Scope
from hub.domain.toys import Toy

ROUTES: Final = RouteTable()


class VoiceAnswer(models.Answer):
    id: str
    name: str
    language: str
    """"" where it doesn't say, or speaks all."""


class VoicesAnswer(models.Answer):
    toy: str
    """Its name."""
    provider: str
    speaks: bool
    """It is the one that speaks for the toy now."""
    providers: list[str]
    """Those that could speak for the toy."""
    trouble: str
    """Why there is no list; "" where there is one, or the provider tells none."""
    voices: list[VoiceAnswer]
    formats: list[str]
    """How its sound may be sent."""
    latency_steps: int
    """How far `latency` may go; 0: it can't be set."""
    sends: str
    """What leaves the home for it, to whom and where; "" where nothing does."""
    voice: str
    """The one that the toy has there; "" is the usual one."""
    format: str
    latency: int | None


class VoiceAsk(models.Request):
    """Takes the place of the voice that it has; the voice's other settings stay where the provider stays."""

    provider: models.Description = ""
    """"": the one that speaks for the toy now."""
    voice: models.Description = ""
    """Its id; "" is the usual one."""
    format: models.Description = ""
    """"" is as the household has it."""
    latency: Annotated[int, Field(ge=0)] | None = None
    agrees: bool = False
    """The household agrees to what leaves the home for a cloud that doesn't speak for the toy yet, as `sends` tells."""


@ROUTES.call("GET", "/toys/{toy}/voices", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> VoicesAnswer:
    """The voices of the provider that speaks for a toy now."""
    toy = await toy_asked(request)
    return _answer(toy, await _gallery(request, toy, ""))


@ROUTES.call("GET", "/toys/{toy}/voices/{provider}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_others(request: web.Request) -> VoicesAnswer:
    """The voices of another one that could speak for it."""
    toy = await toy_asked(request)
    return _answer(toy, await _gallery(request, toy, request.match_info["provider"]))


@ROUTES.call("PUT", "/toys/{toy}/voice", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def choose(request: web.Request, asked: VoiceAsk) -> VoicesAnswer:
    """Choose a voice for a toy, whose provider is asked first from now on."""
    toy = await toy_asked(request)
    gallery = await _gallery(request, toy, asked.provider)
    fields = {
        "voice": asked.voice,
        "format": asked.format,
        "latency": "" if asked.latency is None else str(asked.latency),
        "agrees": "yes" if asked.agrees else "",
    }
    refuse(await saved(request, toy, gallery, VoiceForm.read(fields, gallery)))
    toy = await toy_asked(request)
    return _answer(toy, await _gallery(request, toy, gallery.by))


async def _gallery(request: web.Request, toy: Toy, provider: str) -> Gallery:
    programs = (await programs_for(request, toy))["speaks"]
    return await gallery_of(request, toy, programs, {"by": provider})


def _answer(toy: Toy, gallery: Gallery) -> VoicesAnswer:
    now = VoiceForm.of(toy, gallery.by)
    return VoicesAnswer(
        toy=toy.name,
        provider=gallery.by,
        speaks=gallery.speaks,
        providers=list(gallery.programs.choices),
        trouble=gallery.trouble,
        voices=[
            VoiceAnswer.model_validate(voice, from_attributes=True)
            for voice in gallery.offer.voices
        ],
        formats=list(gallery.offer.formats),
        latency_steps=gallery.offer.latency_steps,
        sends=sends(gallery.programs.away.get(gallery.by)),
        voice=now.voice,
        format=now.format,
        latency=int(now.latency) if now.latency else None,
    )
