"""What a toy may ask of the house through Home Assistant: the page, and its form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Self

from aiohttp import web
from multidict import MultiMapping

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of
from hub.domain.limits import MAX_NAME_CHARS, MAX_ROOMS
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask, Toy
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

TASKS: Mapping[HomeAssistantTask, tuple[str, str]] = {
    HomeAssistantTask.LIGHTS: (
        marked("Lights"),
        marked("“Turn on the lights in the kitchen”, off, darker, brighter"),
    ),
    HomeAssistantTask.TEMPERATURE: (marked("Warmth"), marked("“How warm is it in the kitchen?”")),
    HomeAssistantTask.MUSIC: (
        marked("Music"),
        marked("“Play music in the kitchen”, which plays on, and “stop the music”"),
    ),
}
MAX_FIELD_CHARS = MAX_ROOMS * (MAX_NAME_CHARS + 1)
NAME = re.compile(r"[^\W_][\w '’.\-]*")
"""Nothing that could make another sentence of the one that is sent."""


@dataclass(frozen=True, slots=True)
class RightsForm:
    tasks: frozenset[str]
    rooms: str
    """A name a line."""
    players: str

    @classmethod
    def of(cls, rights: HomeAssistantRights) -> Self:
        tasks = frozenset(str(task) for task in rights.tasks)
        return cls(tasks, "\n".join(rights.rooms), "\n".join(rights.players))

    @classmethod
    def read(cls, form: MultiMapping[object]) -> Self:
        tasks = frozenset(str(task) for task in form.getall("task", []))
        rooms, players = (
            str(form.get(name, ""))[:MAX_FIELD_CHARS] for name in ("rooms", "players")
        )
        return cls(tasks & frozenset(HomeAssistantTask), rooms, players)

    def problems(self) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line."""
        found = {"rooms": _odd_name(self.rooms), "players": _odd_name(self.players)}
        if self.tasks - {HomeAssistantTask.MUSIC} and not _names(self.rooms):
            found["rooms"] = _("Please name at least one room.")
        if HomeAssistantTask.MUSIC in self.tasks and not _names(self.players):
            found["players"] = _("Please name at least one player.")
        return {name: problem for name, problem in found.items() if problem}

    def rights(self) -> HomeAssistantRights:
        tasks = frozenset(HomeAssistantTask(task) for task in self.tasks)
        return HomeAssistantRights(tasks, _names(self.rooms), _names(self.players))


async def show(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    return await _page(request, toy, RightsForm.of(toy.home_assistant_rights))


async def save(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    form = RightsForm.read(await request.post())
    problems = form.problems()
    if not problems:
        try:
            await request.app[HUB].toys.save(replace(toy, home_assistant_rights=form.rights()))
        except PommaiError as error:
            problems = {"": str(error)}
    if problems:
        return await _page(request, toy, form, problems)
    return see(f"/toys/{toy.id}/house?done=saved")


async def _page(
    request: web.Request, toy: Toy, form: RightsForm, problems: Mapping[str, str] | None = None
) -> web.StreamResponse:
    home_assistant = request.app[HUB].home_assistant
    languages = home_assistant.languages()
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
        todo=home_assistant.problem,
        understood=toy.language.partition("-")[0] in languages,
        languages=", ".join(languages),
        characters_most=MAX_FIELD_CHARS,
    )


def _names(text: str) -> tuple[str, ...]:
    names = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(name for name in names if name))


def _odd_name(text: str) -> str:
    names = _names(text)
    if len(names) > MAX_ROOMS:
        return _(
            "%(number)s are too many: at most %(most)s fit.", number=len(names), most=MAX_ROOMS
        )
    for name in names:
        if len(name) > MAX_NAME_CHARS or not NAME.fullmatch(name):
            return _(
                "“%(name)s” is not a name that Home Assistant could have. Please use letters, "
                "numbers and spaces.",
                name=name[:30],
            )
    return ""
