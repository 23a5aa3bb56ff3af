"""The children, and the profile of each."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from guardian_web.children.form import MONTH_NAMES, ChildForm
from guardian_web.keys import HUB
from guardian_web.limits.standing import standing_of_child
from guardian_web.pages import guardian_page, see, typed
from guardian_web.talks.deleting import undoable
from guardian_web.toys.form import LEVEL_WORDS
from hub.core.family.voice_hints import MODEL_MB
from hub.domain.family.children import Child
from hub.domain.family.voice_hints import AGREED_TO, ENOUGH_UTTERANCES
from hub.domain.limits import MAX_NAME_CHARS, MAX_PROFILE_CHARS, MAX_PRONOUNS_CHARS
from hub.domain.talks.kept import RemovalScope
from hub.errors import PommaiError
from hub.translation import gettext as _


async def show(request: web.Request) -> web.StreamResponse:
    return await _list(request, ChildForm())


async def add(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    form = ChildForm.read(await request.post())
    problems = form.problems(await hub.children.today())
    if not problems:
        try:
            child = await hub.children.save(form.apply(Child("", "")))
        except PommaiError as error:
            problems = {"name": sentence(error)}
        else:
            return see(f"/children/{child.id}?done=added")
    return await _list(request, form, HTTPStatus.CONFLICT, problems)


async def show_child(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    return await _profile(request, child, ChildForm.of(child))


async def save(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    child = await child_of(request)
    form = ChildForm.read(await request.post())
    problems = form.problems(await hub.children.today())
    if not problems:
        try:
            await hub.children.save(form.apply(child))
        except PommaiError as error:
            problems = {"name": sentence(error)}
        else:
            return see(f"/children/{child.id}?done=saved")
    return await _profile(request, child, form, HTTPStatus.CONFLICT, problems)


async def archive(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    await request.app[HUB].children.archive(child.id, await typed(request, "archived") == "yes")
    return see(f"/children/{child.id}")


async def remove(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    await request.app[HUB].removals.remove_child(child.id)
    return see("/children#deleted")


async def agree_to_hint(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    if await typed(request, "agreed") != "yes":
        problems = {"agreed": _("Please tick that you agree. Nothing was turned on.")}
        return await _profile(request, child, ChildForm.of(child), HTTPStatus.CONFLICT, problems)
    await request.app[HUB].voice_hints.agree(child.id)
    return see(f"/children/{child.id}?done=hint#voice")


async def erase_hint(request: web.Request) -> web.StreamResponse:
    child = await child_of(request)
    await request.app[HUB].voice_hints.erase(child.id)
    return see(f"/children/{child.id}?done=hint-erased#voice")


async def _list(
    request: web.Request,
    form: ChildForm,
    status: int = HTTPStatus.OK,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    today = await hub.children.today()
    toys = await hub.toys.list()
    return await guardian_page(
        request,
        "children.html",
        "toys",
        status,
        children=[
            (child, child.age(today), [toy for toy in toys if child.id in toy.child_ids])
            for child in await hub.children.list(archived=True)
        ],
        undoable=await undoable(hub, RemovalScope.WHOLE_CHILD),
        undo_back="/children",
        fitting="",
        **_fields(form, problems, today.year),
    )


async def _profile(
    request: web.Request,
    child: Child,
    form: ChildForm,
    status: int = HTTPStatus.OK,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    today = await hub.children.today()
    level = child.level(today)
    return await guardian_page(
        request,
        "child.html",
        "toys",
        status,
        own=f"/children/{child.id}",
        child=child,
        done=request.query.get("done", ""),
        standing=await standing_of_child(hub, child.id),
        belongings=await hub.children.belongings(child.id),
        fitting=LEVEL_WORDS[level][0] if level else "",
        hint=await hub.voice_hints.of(child.id),
        hint_agreed_to=AGREED_TO,
        hint_enough=ENOUGH_UTTERANCES,
        hint_model_mb=MODEL_MB,
        hint_has_model=await hub.voice_hints.has_model(),
        hint_fetching=hub.voice_hints.fetching,
        **_fields(form, problems, today.year),
    )


def _fields(form: ChildForm, problems: Mapping[str, str] | None, year: int) -> dict[str, Any]:
    """What the fields of a profile need."""
    return {
        "form": form,
        "problems": problems or {},
        "months": MONTH_NAMES,
        "levels": LEVEL_WORDS,
        "year": year,
        "name_max": MAX_NAME_CHARS,
        "pronouns_max": MAX_PRONOUNS_CHARS,
        "profile_max": MAX_PROFILE_CHARS,
    }


async def child_of(request: web.Request) -> Child:
    """The child that the address names. Raises HTTPNotFound."""
    child = await request.app[HUB].children.get(request.match_info["child"])
    if child is None:
        raise web.HTTPNotFound
    return child


def sentence(error: PommaiError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
