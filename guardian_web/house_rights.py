"""What a toy may ask of the house through Home Assistant: the page, and its form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Self

from aiohttp import web
from multidict import MultiMapping

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see
from hub.domain.house_rights import HouseRights, HouseTask
from hub.domain.toys import Toy
from hub.errors import PommaiError
from hub.pipeline.house.grammar import Grammar
from hub.storage.rows import NAME_MAX, ROOMS_MAX

TASKS: Mapping[HouseTask, tuple[str, str]] = {
    HouseTask.LIGHTS: ("Lights", "“Turn on the lights in the kitchen”, off, darker, brighter"),
    HouseTask.TEMPERATURE: ("Warmth", "“How warm is it in the kitchen?”"),
    HouseTask.MUSIC: ("Music", "“Play music in the kitchen”, which goes on, and “stop the music”"),
}
CHARACTERS_MOST = ROOMS_MAX * (NAME_MAX + 1)
NAME = re.compile(r"[^\W_][\w '’.\-]*")
"""Nothing that could make another sentence of the one that is sent."""


@dataclass(frozen=True, slots=True)
class RightsForm:
    tasks: frozenset[str]
    rooms: str
    """A name a line."""
    players: str

    @classmethod
    def of(cls, rights: HouseRights) -> Self:
        tasks = frozenset(str(task) for task in rights.tasks)
        return cls(tasks, "\n".join(rights.rooms), "\n".join(rights.players))

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        tasks = frozenset(str(task) for task in form.getall("task", []))
        rooms, players = (
            str(form.get(name, ""))[:CHARACTERS_MOST] for name in ("rooms", "players")
        )
        return cls(tasks & frozenset(HouseTask), rooms, players)

    def problems(self) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line."""
        found = {"rooms": _odd_name(self.rooms), "players": _odd_name(self.players)}
        if self.tasks - {HouseTask.MUSIC} and not _names(self.rooms):
            found["rooms"] = "Please name at least one room."
        if HouseTask.MUSIC in self.tasks and not _names(self.players):
            found["players"] = "Please name at least one player."
        return {name: problem for name, problem in found.items() if problem}

    def rights(self) -> HouseRights:
        tasks = frozenset(HouseTask(task) for task in self.tasks)
        return HouseRights(tasks, _names(self.rooms), _names(self.players))


async def show(request: web.Request) -> web.StreamResponse:
    toy = await _toy(request)
    return await _page(request, toy, RightsForm.of(toy.house_rights))


async def save(request: web.Request) -> web.StreamResponse:
    toy = await _toy(request)
    form = RightsForm.read(await request.post())
    problems = form.problems()
    if not problems:
        try:
            await request.app[HUB].save_toy(replace(toy, house_rights=form.rights()))
        except PommaiError as error:
            problems = {"": str(error)}
    if problems:
        return await _page(request, toy, form, problems)
    return see(f"/toys/{toy.id}/house?done=saved")


async def _page(
    request: web.Request, toy: Toy, form: RightsForm, problems: Mapping[str, str] | None = None
) -> web.StreamResponse:
    return await guardian_page(
        request,
        "house_rights.html",
        "toys",
        HTTPStatus.CONFLICT if problems else HTTPStatus.OK,
        own=f"/toys/{toy.id}/house",
        toy=toy,
        form=form,
        problems=problems or {},
        tasks=TASKS,
        saved=request.query.get("done") == "saved",
        todo=request.app[HUB].house_problem,
        understood=toy.language.partition("-")[0] in _languages(),
        languages=" and ".join(_languages()),
        characters_most=CHARACTERS_MOST,
    )


async def _toy(request: web.Request) -> Toy:
    for toy in await request.app[HUB].toys():
        if toy.id == request.match_info["toy"]:
            return toy
    raise web.HTTPNotFound(text="There is no such toy.")


@cache
def _languages() -> tuple[str, ...]:
    return Grammar.load().languages()


def _names(text: str) -> tuple[str, ...]:
    names = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(name for name in names if name))


def _odd_name(text: str) -> str:
    names = _names(text)
    if len(names) > ROOMS_MAX:
        return f"{len(names)} are too many: at most {ROOMS_MAX} fit."
    for name in names:
        if len(name) > NAME_MAX or not NAME.fullmatch(name):
            return (
                f"“{name[:30]}” is no name as Home Assistant has them: letters, numbers and spaces."
            )
    return ""
