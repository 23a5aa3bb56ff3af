"""What toys remember of the children; for the hub's own command line, as it is no program's business."""

from typing import Annotated, Final

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.keys import HUB
from hub.domain.api import Scope
from hub.domain.family.children import Child
from hub.domain.family.memories import MAX_MEMORY_CHARS, Memory, MemoryChoice, MemorySource

ROUTES: Final = RouteTable()

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_MEMORY_CHARS)]


class MemoryAnswer(models.Answer):
    id: str
    text: str
    source: MemorySource
    """rules, model: from what the child said; parent: typed, or put right."""
    sure: Annotated[float, Field(ge=0, le=1)]
    learned_at: AwareDatetime
    turn_id: str
    """The turn in which it was said, "" where a parent typed it."""
    turn_gone: bool
    """The family has that turn no longer."""
    replaced_at: AwareDatetime | None
    """When the child said otherwise; such a line is not used."""
    replaced_by: str


class MemoriesAnswer(models.Answer):
    child: str
    """The name."""
    on: bool
    """Toys remember this child."""
    cloud: bool
    """Lines may also go, masked, to a language model outside the home."""
    memories: list[MemoryAnswer]
    """The newest first."""


class MemoryAsk(models.Request):
    text: Text


class MemoryChoiceAsk(models.Request):
    """What is left out stays as it is."""

    on: bool | None = None
    cloud: bool | None = None


@ROUTES.call("GET", "/children/{child}/memories", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> MemoriesAnswer:
    """What toys remember of a child, with what was replaced."""
    return await _answer(request, await _child(request))


@ROUTES.call("PATCH", "/children/{child}/memories", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def choose(request: web.Request, asked: MemoryChoiceAsk) -> MemoriesAnswer:
    """Choose whether toys remember a child, and whether models outside the home may be told."""
    hub = request.config_dict[HUB]
    child = await _child(request)
    now = (await hub.memories.choices()).get(child.id, MemoryChoice())
    choice = MemoryChoice(
        now.is_on if asked.on is None else asked.on,
        now.cloud if asked.cloud is None else asked.cloud,
    )
    await hub.memories.choose(child.id, choice)
    return await _answer(request, child)


@ROUTES.call(
    "POST", "/children/{child}/memories", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED)
)
async def add(request: web.Request, asked: MemoryAsk) -> MemoriesAnswer:
    """Add a line of your own."""
    child = await _child(request)
    await request.config_dict[HUB].memories.add(child.id, asked.text)
    return await _answer(request, child)


@ROUTES.call("DELETE", "/children/{child}/memories", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def erase_all(request: web.Request) -> MemoriesAnswer:
    """Erase all lines of a child for good."""
    child = await _child(request)
    await request.config_dict[HUB].memories.erase_all(child.id)
    return await _answer(request, child)


@ROUTES.call("PATCH", "/memories/{memory}", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def change(request: web.Request, asked: MemoryAsk) -> MemoryAnswer:
    """Put a line right."""
    memories = request.config_dict[HUB].memories
    return await _line(request, await memories.change(request.match_info["memory"], asked.text))


@ROUTES.call("DELETE", "/memories/{memory}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def erase(request: web.Request) -> MemoryAnswer:
    """Erase a line for good. The answer is what it was."""
    memories = request.config_dict[HUB].memories
    return await _line(request, await memories.erase(request.match_info["memory"]))


async def _child(request: web.Request) -> Child:
    """By id or name."""
    return await request.config_dict[HUB].children.named(request.match_info["child"])


async def _answer(request: web.Request, child: Child) -> MemoriesAnswer:
    memories = request.config_dict[HUB].memories
    choice = (await memories.choices()).get(child.id, MemoryChoice())
    lines = await memories.list(child.id)
    there = await memories.sources(lines)
    return MemoriesAnswer(
        child=child.name,
        on=choice.is_on,
        cloud=choice.cloud,
        memories=[_shown(line, gone=line.turn_id not in there) for line in lines],
    )


async def _line(request: web.Request, line: Memory) -> MemoryAnswer:
    there = await request.config_dict[HUB].memories.sources([line])
    return _shown(line, gone=line.turn_id not in there)


def _shown(line: Memory, *, gone: bool) -> MemoryAnswer:
    return MemoryAnswer(
        id=line.id,
        text=line.text,
        source=line.source,
        sure=line.sure,
        learned_at=line.learned_at,
        turn_id=line.turn_id,
        turn_gone=bool(line.turn_id) and gone,
        replaced_at=line.replaced_at,
        replaced_by=line.replaced_by,
    )
