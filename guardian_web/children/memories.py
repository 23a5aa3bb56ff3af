"""What toys remember of one child: a parent chooses whether, reads each line with its source, changes and erases it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from aiohttp import web

from guardian_web.children.views import child_of, sentence
from guardian_web.gate import for_guardians
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, typed
from hub.domain.family.memories import MAX_MEMORY_CHARS, Memory, MemoryChoice, MemorySource
from hub.domain.talks.talk import Turn
from hub.errors import NotFoundError, PommaiError
from hub.translation import gettext as _
from hub.translation import marked

MAX_SHOWN = 50
"""Lines on one page."""
SURE, FAIRLY_SURE = 0.8, 0.5
DONE = {
    "chosen": marked("Saved. It takes effect with the next turn."),
    "added": marked("The toys know that from the next turn on."),
    "kept": marked("It is kept. Toys use it once you let them remember, just below."),
    "changed": marked("The line is changed."),
    "erased": marked("The line is erased, and no toy is told of it any more."),
    "all-erased": marked("All lines are erased, and no toy is told of them any more."),
}


@dataclass(frozen=True, slots=True)
class MemoryCard:
    """One line as it is shown."""

    line: Memory
    at: datetime
    """When it was learned, by the household's clock."""
    turn: Turn | None
    """In which it was said; None where a parent typed it, or the exchange is gone."""
    before: Sequence[tuple[str, datetime, datetime]]
    """What it replaced: the line, when it was learned, and until when it was so; the newest first."""

    @property
    def surety(self) -> str:
        if self.line.sure >= SURE:
            return "sure"
        return _("fairly sure") if self.line.sure >= FAIRLY_SURE else _("not sure")

    @property
    def by_parent(self) -> bool:
        return self.line.source is MemorySource.PARENT


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def choose(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    form = await request.post()
    choice = MemoryChoice("on" in form, "cloud" in form)
    await request.app[HUB].memories.choose(child.id, choice)
    return _done(child.id, "chosen")


async def add(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    text = await typed(request, "text")
    try:
        await request.app[HUB].memories.add(child.id, text)
    except PommaiError as error:
        return await _page(request, HTTPStatus.CONFLICT, text, sentence(error))
    choice = (await request.app[HUB].memories.choices()).get(child.id, MemoryChoice())
    return _done(child.id, "added" if choice.is_on else "kept")


async def change(request: web.Request) -> web.StreamResponse:
    memory = await _memory(request)
    text = await typed(request, "text")
    try:
        await request.app[HUB].memories.change(memory.id, text)
    except PommaiError as error:
        return await _page(request, HTTPStatus.CONFLICT, problem=sentence(error))
    return _done(memory.child_id, "changed")


async def erase(request: web.Request) -> web.StreamResponse:
    memory = await _memory(request)
    await request.app[HUB].memories.erase(memory.id)
    return _done(memory.child_id, "erased")


async def erase_all(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    await request.app[HUB].memories.erase_all(child.id)
    return _done(child.id, "all-erased")


ROUTES: list[web.AbstractRouteDef] = [
    web.get("/children/{child}/memories", for_guardians(show)),
    web.post("/children/{child}/memories", for_guardians(add)),
    web.post("/children/{child}/memories/choice", for_guardians(choose)),
    web.post("/children/{child}/memories/erase-all", for_guardians(erase_all)),
    web.post("/children/{child}/memories/{memory}", for_guardians(change)),
    web.post("/children/{child}/memories/{memory}/erase", for_guardians(erase)),
]


async def _page(
    request: web.Request, status: int = HTTPStatus.OK, text: str = "", problem: str = ""
) -> web.StreamResponse:
    child = await child_of(request)
    hub = request.app[HUB]
    lines = await hub.memories.list(child.id)
    cards = await _cards(request, lines)
    choice = (await hub.memories.choices()).get(child.id, MemoryChoice())
    return await guardian_page(
        request,
        "memories.html",
        "toys",
        status,
        own=f"/children/{child.id}/memories",
        child=child,
        choice=choice,
        cards=cards[:MAX_SHOWN],
        more=len(cards) - MAX_SHOWN,
        text=text,
        problem=problem,
        done=DONE.get(request.query.get("done", ""), ""),
        text_max=MAX_MEMORY_CHARS,
    )


async def _cards(request: web.Request, lines: Sequence[Memory]) -> Sequence[MemoryCard]:
    """The lines that count, each with those that it replaced."""
    hub = request.app[HUB]
    household = await hub.household.get()
    current = [line for line in lines if line.replaced_at is None]
    sources = await hub.memories.sources(current[:MAX_SHOWN])
    newer = {line.id: line.replaced_by for line in lines}

    def stands_for(line: Memory) -> str:
        """The id of the line that counts in its place, however often it was replaced."""
        last = line.id
        for _line in lines:
            last = newer.get(last) or last
        return last

    before: dict[str, list[tuple[str, datetime, datetime]]] = {}
    for line in lines:
        if line.replaced_at is not None:
            known = (line.text, household.local(line.learned_at), household.local(line.replaced_at))
            before.setdefault(stands_for(line), []).append(known)
    return [
        MemoryCard(
            line,
            household.local(line.learned_at),
            sources.get(line.turn_id),
            before.get(line.id, ()),
        )
        for line in current
    ]


async def _memory(request: web.Request) -> Memory:
    """The line that the address names, of the child that it names. Raises HTTPNotFound."""
    child = await child_of(request)
    try:
        memory = await request.app[HUB].memories.get(request.match_info["memory"])
    except NotFoundError as error:
        raise web.HTTPNotFound from error
    if memory.child_id != child.id:
        raise web.HTTPNotFound
    return memory


def _done(child_id: str, what: str) -> web.Response:
    return see(f"/children/{child_id}/memories?done={what}")
