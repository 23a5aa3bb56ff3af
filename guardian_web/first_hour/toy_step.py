"""The step in which the first toy gets a character, a voice, a name and a level."""

import uuid
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import typed
from guardian_web.toys.form import CHILD, LEVEL_WORDS, name_problem, strictest
from hub.core.hub import Hub
from hub.core.toys.characters import Character
from hub.domain.audio import wav
from hub.domain.limits import MAX_NAME_CHARS
from hub.domain.safety import SafetyLevel
from hub.domain.toys import Toy
from hub.errors import NotFoundError, PommaiError
from hub.translation import gettext as _

SAMPLE_S: Final = 15.0


async def toy_values(request: web.Request) -> Mapping[str, Any]:
    hub = request.app[HUB]
    toy = await hub.first_hour.toy()
    today = await hub.children.today()
    children = await hub.children.list()
    levels = [child.level(today) for child in children]
    typed_in = await request.post()
    chosen = next((c.id for c in hub.characters.list() if toy and c.persona == toy.persona), "")
    return {
        "characters": hub.characters.list(),
        "chosen": await typed(request, "character") or chosen,
        "name": await typed(request, "name") or (toy.name if toy and chosen else ""),
        "name_max": MAX_NAME_CHARS,
        "levels": LEVEL_WORDS,
        "level": await typed(request, "level")
        or (toy.safety_level if toy and chosen else strictest(levels) or SafetyLevel.STRICT),
        "children": children,
        "theirs": {c.id for c in children if f"child-{c.id}" in typed_in}
        or (toy.child_ids if toy and chosen else {c.id for c in children}),
    }


async def save_toy(request: web.Request) -> Mapping[str, str]:
    hub = request.app[HUB]
    try:
        character = hub.characters.get(await typed(request, "character"))
    except NotFoundError:
        return {"character": _("Please choose who it is.")}
    name = " ".join((await typed(request, "name")).split()) or character.name
    level = await typed(request, "level")
    problems = {"name": name_problem(name)}
    if level not in set(SafetyLevel):
        problems["level"] = _("Please choose one of the three.")
    problems = {field: problem for field, problem in problems.items() if problem}
    if problems:
        return problems
    toy = await _toy(hub, character)
    toy = await hub.characters.given_to(toy, character)
    first = (await hub.first_hour.progress()).toy_id != toy.id
    toy = await hub.toys.save(
        replace(
            toy,
            name=name,
            safety_level=SafetyLevel(level),
            tells_of_reading=first or toy.tells_of_reading,
        )
    )
    ids = [field.removeprefix(CHILD) for field in await request.post() if field.startswith(CHILD)]
    await hub.children.give(toy.id, ids)
    await hub.first_hour.choose_toy(toy)
    return {}


async def hear(request: web.Request) -> web.StreamResponse:
    """A character's own hello in its voice, as a WAV file; nothing is kept."""
    hub = request.app[HUB]
    character = hub.characters.get(await typed(request, "character"))
    toys = await hub.toys.list()
    toy = await hub.first_hour.toy() or next(iter(toys), None)
    if toy is None:
        raise web.HTTPConflict(text=_("There is no toy yet."))
    pcm = bytearray()
    try:
        async with (
            request.app[CLOCK].timeout(SAMPLE_S),
            aclosing(hub.characters.hear(toy, character)) as sound,
        ):
            async for chunk in sound:
                pcm += chunk.data
    except PommaiError as error:
        raise web.HTTPConflict(text=str(error)) from error
    except TimeoutError as error:
        raise web.HTTPConflict(text=_("The voice is too slow just now.")) from error
    return web.Response(body=wav(bytes(pcm)), content_type="audio/wav")


async def _toy(hub: Hub, character: Character) -> Toy:
    return await hub.first_hour.toy() or Toy(uuid.uuid4().hex, character.name)
