"""Which voices a toy could have, and how each would sound."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

import structlog
from aiohttp import web

from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import typed
from guardian_web.upload import UPLOAD
from hub.core.toys.voices import VoiceInfo
from hub.domain.audio import wav
from hub.domain.consent import Consent
from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.domain.toys import Toy
from hub.errors import PommaiError, RefusedError

log = structlog.get_logger()

LIST_S = 2.0
"""A page doesn't wait longer for a cloud's list of voices."""
SAMPLE_S = 15.0
CONSENT = (
    "The person whose voice it is knows that these recordings are sent to the service that speaks for "
    "this toy, that it makes a copy of their voice, that the toy will speak with it, and agrees."
)
"""Shown beside the box to tick, and kept word for word."""


async def voices_for(request: web.Request, toy: Toy) -> Sequence[VoiceInfo]:
    """Those that there are at once; their names may be typed, too."""
    try:
        async with request.app[CLOCK].timeout(LIST_S):
            voices = await request.app[HUB].voices.of(toy)
    except (PommaiError, TimeoutError) as error:
        log.info("no list of voices", toy=toy.name, error=str(error) or "too slow")
        return ()
    return [voice for voice in voices if voice.installed]


async def hear(request: web.Request, toy: Toy) -> web.StreamResponse:
    """The toy with the voice of that name, as a WAV file."""
    name = await typed(request, "voice")
    if len(name) > MAX_DESCRIPTION_CHARS:
        raise web.HTTPBadRequest(text="That is no voice's name.")
    considered = replace(toy, voice=replace(toy.voice, name=name))
    pcm = bytearray()
    try:
        async with (
            request.app[CLOCK].timeout(SAMPLE_S),
            aclosing(request.app[HUB].voices.sample(considered)) as sound,
        ):
            async for chunk in sound:
                pcm += chunk.data
    except PommaiError as error:
        raise web.HTTPConflict(text=str(error)) from error
    except TimeoutError as error:
        raise web.HTTPConflict(text="The voice is too slow just now.") from error
    return web.Response(body=wav(bytes(pcm)), content_type="audio/wav")


async def cloner_for(request: web.Request, toy: Toy) -> str:
    """Who could copy a person's voice for it; "" for nobody."""
    try:
        return await request.app[HUB].voices.cloner(toy)
    except PommaiError as error:
        log.info("no voice can be copied", toy=toy.name, error=str(error))
        return ""


async def copy(request: web.Request, toy: Toy) -> None:
    """The toy gets a copy of a person's voice, if that person agreed. Raises PommaiError."""
    upload = request.get(UPLOAD)
    if upload is None:
        raise RefusedError("The recordings did not come along. Please choose them again.")
    if upload.fields.get("agreed") != "yes":
        raise RefusedError("A voice is copied only when the person whose voice it is agrees.")
    who = upload.fields.get("speaker", "").strip()
    if not who:
        raise RefusedError("Please say whose voice it is.")
    name = upload.fields.get("voice_name", "").strip()
    consent = Consent(who, request.app[CLOCK].now(), CONSENT)
    await request.app[HUB].voices.clone(toy.id, name, upload.files, consent)
