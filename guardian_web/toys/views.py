"""The toys, and the settings of each."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of, typed
from guardian_web.talks.deleting import undoable
from guardian_web.toys.choices import choices_for, in_its_language
from guardian_web.toys.form import (
    LEVEL_WORDS,
    PATIENCE_WORDS,
    STRENGTH_WORDS,
    TIGHTENABLE,
    ToyForm,
    name_problem,
    strengths,
    strictest,
    threshold_words,
)
from hub.domain.limits import MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS
from hub.domain.safety import FLOORS
from hub.domain.talks.kept import RemovalScope
from hub.domain.toys import Toy
from hub.errors import PommaiError, RefusedError


async def show(request: web.Request) -> web.StreamResponse:
    return await _list(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Another toy, as the first one was; its settings come next."""
    name = " ".join((await typed(request, "name")).split())
    problem = name_problem(name)
    if not problem:
        try:
            toy = await request.app[HUB].toys.add(name)
        except RefusedError as error:
            problem = str(error)
        else:
            return see(f"/toys/{toy.id}")
    return await _list(request, HTTPStatus.CONFLICT, name, problem)


async def _list(
    request: web.Request, status: int = HTTPStatus.OK, name: str = "", problem: str = ""
) -> web.StreamResponse:
    hub = request.app[HUB]
    children, toys = await hub.children.list(), await hub.toys.list(archived=True)
    return await guardian_page(
        request,
        "toys.html",
        "toys",
        status,
        name=name,
        problem=problem,
        name_max=MAX_NAME_CHARS,
        toys=[
            (toy, [child.name for child in children if child.id in toy.child_ids])
            for toy in toys
            if not toy.archived
        ],
        archived=[toy for toy in toys if toy.archived],
        undoable=await undoable(hub, RemovalScope.WHOLE_TOY),
        undo_back="/toys",
        level_words=LEVEL_WORDS,
    )


async def show_settings(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    return await _settings(request, toy, ToyForm.of(toy))


async def save_settings(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    toy = await toy_of(request)
    form = ToyForm.read(await request.post())
    choices = await choices_for(request, toy)
    problems = form.problems(toy, choices)
    if problems:
        return await _settings(request, toy, form, HTTPStatus.CONFLICT, problems)
    try:
        await hub.toys.save(in_its_language(form, toy, choices).apply(toy))
    except PommaiError as error:
        return await _settings(request, toy, form, HTTPStatus.CONFLICT, {"": str(error)})
    return see(f"/toys/{toy.id}?done=saved")


async def pause(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    await request.app[HUB].toys.pause(toy.id, "on" in await request.post())
    return see("/")


async def _settings(
    request: web.Request,
    toy: Toy,
    form: ToyForm,
    status: int = HTTPStatus.OK,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    children, today = (
        await request.app[HUB].children.list(),
        await request.app[HUB].children.today(),
    )
    choices = await choices_for(request, toy)
    return await guardian_page(
        request,
        "toy.html",
        "toys",
        status,
        own=f"/toys/{toy.id}",
        toy=toy,
        form=form,
        problems=problems or {},
        saved=request.query.get("done") == "saved",
        levels=LEVEL_WORDS,
        patiences=PATIENCE_WORDS,
        fitting=strictest(child.level(today) for child in children if child.id in form.child_ids),
        tightenable={category: threshold_words(category) for category in TIGHTENABLE},
        floors=FLOORS,
        strengths=strengths,
        strength_words=STRENGTH_WORDS,
        children=[(child, child.age(today), child.level(today)) for child in children],
        name_max=MAX_NAME_CHARS,
        description_max=MAX_DESCRIPTION_CHARS,
        choices=choices,
    )
