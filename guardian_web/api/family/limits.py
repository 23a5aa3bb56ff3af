"""How long and when children may play; what is given for once."""

from datetime import time
from typing import Annotated, Final, Literal, Self

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.api.toys import toy_asked
from guardian_web.keys import HUB
from hub.core.family.play import PlayToday
from hub.core.hub import Hub
from hub.domain.api import Scope
from hub.domain.play.limits import (
    MAX_MINUTES,
    DayLimits,
    GrantKind,
    Kind,
    Pastime,
    PlayLimits,
    Reason,
    Switches,
    Whose,
    Window,
)
from hub.domain.toys import Toy

ROUTES: Final = RouteTable()

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Such as "19:30", by the household's clock."""
Minutes = Annotated[int, Field(ge=0, le=MAX_MINUTES)]
Kinds = Annotated[list[Literal["chat", "story", "game"]], Field(max_length=len(Kind))]
PastimeName = Literal[
    "story",
    "tale",
    "pretend",
    "quiz",
    "riddle",
    "guessing",
    "joke",
    "rhyme",
    "timer",
    "bedtime",
    "sounds",
]
Pastimes = Annotated[list[PastimeName], Field(max_length=len(Pastime))]


class AskedWindow(models.Request):
    """Past midnight where `ends` isn't after `begins`."""

    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def lasts(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("it must end at another time than it begins")
        return self


class AskedDay(models.Request):
    """None, or left out: no limit of that sort."""

    minutes: Minutes | None = None
    bedtime: AskedWindow | None = None
    rest: AskedWindow | None = None


class AskedSwitches(models.Request):
    """What isn't named may be played at any time."""

    off: Pastimes = Field(default_factory=list)
    """What may not be played."""
    at_hours: Pastimes = Field(default_factory=list)
    """What may be played only within `hours`."""
    hours: AskedWindow | None = None
    """Of each day."""

    @model_validator(mode="after")
    def has_hours(self) -> Self:
        if self.at_hours and not self.hours:
            raise ValueError("say from when until when, by hours")
        return self


class LimitsAsk(models.Request):
    """What is left out stays as it is."""

    weekday: AskedDay | None = None
    """Monday to Friday, and the nights from Sunday to Thursday."""
    weekend: AskedDay | None = None
    """Saturday and Sunday, and the nights of Friday and Saturday."""
    at_bedtime: Kinds | None = None
    """What may go on after bedtime."""
    at_rest: Kinds | None = None
    talk_minutes: Minutes | None = None
    """The longest that one talk goes on; ten minutes of rest follow. 0 or `null`: as long as it likes."""
    switches: AskedSwitches | None = None
    """What may be played."""


class GiveAsk(models.Request):
    kind: Literal["more_minutes", "one_more_story", "only_tonight"]
    minutes: Minutes | None = None
    """How many more, or how much later bedtime is tonight (0: there is none); else what a tap on the pages gives."""


class WindowAnswer(models.Answer):
    begins: str
    ends: str


class DayAnswer(models.Answer):
    minutes: int | None
    bedtime: WindowAnswer | None
    rest: WindowAnswer | None


class SwitchesAnswer(models.Answer):
    off: list[Pastime]
    at_hours: list[Pastime]
    hours: WindowAnswer | None


class LimitsAnswer(models.Answer):
    weekday: DayAnswer
    weekend: DayAnswer
    at_bedtime: list[Kind]
    at_rest: list[Kind]
    talk_minutes: int | None
    switches: SwitchesAnswer


class PlayAnswer(models.Answer):
    limits: LimitsAnswer
    limited: bool
    """Whether anything is, by these or, of a toy, by its children's."""
    minutes_left: int | None
    """Of today's; None: they are not limited."""
    refused: Reason | None
    """Why a chat can't begin now."""
    closes_at: AwareDatetime | None
    """When bedtime or rest comes, within twelve hours."""
    closes_for: Reason | None
    story_waits: bool
    """One more story was given, and isn't told yet."""


@ROUTES.call("GET", "/toys/{toy}/limits", Scope.STATE, codes=(Code.NOT_FOUND,))
async def show_toy(request: web.Request) -> PlayAnswer:
    """A toy's limits, and how long it may be played with, its children's limits counted."""
    hub = request.config_dict[HUB]
    return await _of_toy(hub, await toy_asked(request))


@ROUTES.call("PUT", "/toys/{toy}/limits", Scope.CONTROL, codes=(Code.NOT_FOUND,))
async def set_toy(request: web.Request, asked: LimitsAsk) -> PlayAnswer:
    """Say how long and when anybody may play with a toy."""
    hub, toy = request.config_dict[HUB], await toy_asked(request)
    await _set(hub, Whose(toy_id=toy.id), asked)
    return await _of_toy(hub, toy)


@ROUTES.call("POST", "/toys/{toy}/give", Scope.CONTROL, codes=(Code.NOT_FOUND, Code.REFUSED))
async def give_toy(request: web.Request, asked: GiveAsk) -> PlayAnswer:
    """Ten more minutes, one more story, or a later bedtime for this night, to whoever plays with a toy."""
    hub, toy = request.config_dict[HUB], await toy_asked(request)
    await hub.play.give(Whose(toy_id=toy.id), GrantKind(asked.kind), asked.minutes)
    return await _of_toy(hub, toy)


@ROUTES.call("GET", "/children/{child}/limits", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_child(request: web.Request) -> PlayAnswer:
    """A child's limits over all toys."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    return await _of_child(hub, child.id)


@ROUTES.call("PUT", "/children/{child}/limits", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def set_child(request: web.Request, asked: LimitsAsk) -> PlayAnswer:
    """Say how long and when a child may play, over all toys."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    await _set(hub, Whose(child_id=child.id), asked)
    return await _of_child(hub, child.id)


@ROUTES.call("POST", "/children/{child}/give", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def give_child(request: web.Request, asked: GiveAsk) -> PlayAnswer:
    """The same to a child, on every toy."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    await hub.play.give(Whose(child_id=child.id), GrantKind(asked.kind), asked.minutes)
    return await _of_child(hub, child.id)


async def _of_toy(hub: Hub, toy: Toy) -> PlayAnswer:
    return _answer(await hub.play.limits(Whose(toy_id=toy.id)), await hub.play.of_toy(toy))


async def _of_child(hub: Hub, child_id: str) -> PlayAnswer:
    limits = await hub.play.limits(Whose(child_id=child_id))
    return _answer(limits, await hub.play.of_child(child_id))


def _answer(limits: PlayLimits, today: PlayToday) -> PlayAnswer:
    shown = LimitsAnswer(
        weekday=_shown(limits.weekday),
        weekend=_shown(limits.weekend),
        at_bedtime=sorted(limits.at_bedtime),
        at_rest=sorted(limits.at_rest),
        talk_minutes=limits.talk_minutes,
        switches=SwitchesAnswer(
            off=sorted(limits.switches.off),
            at_hours=sorted(limits.switches.at_hours),
            hours=_window(limits.switches.hours),
        ),
    )
    return PlayAnswer(
        limits=shown,
        limited=today.limited,
        minutes_left=today.minutes_left,
        refused=today.refused,
        closes_at=today.closes_at,
        closes_for=today.closes_for,
        story_waits=today.story_waits,
    )


def _shown(day: DayLimits) -> DayAnswer:
    return DayAnswer(minutes=day.minutes, bedtime=_window(day.bedtime), rest=_window(day.rest))


def _window(shown: Window | None) -> WindowAnswer | None:
    return (
        None
        if shown is None
        else WindowAnswer(begins=f"{shown.begins:%H:%M}", ends=f"{shown.ends:%H:%M}")
    )


async def _set(hub: Hub, whose: Whose, asked: LimitsAsk) -> None:
    def window(ask: AskedWindow | None) -> Window | None:
        return (
            None
            if ask is None
            else Window(time.fromisoformat(ask.begins), time.fromisoformat(ask.ends))
        )

    def day(ask: AskedDay | None, before: DayLimits) -> DayLimits:
        return (
            before if ask is None else DayLimits(ask.minutes, window(ask.bedtime), window(ask.rest))
        )

    def kinds(ask: Kinds | None, before: frozenset[Kind]) -> frozenset[Kind]:
        return before if ask is None else frozenset(map(Kind, ask))

    def switches(ask: AskedSwitches | None, before: Switches) -> Switches:
        if ask is None:
            return before
        off, at_hours = (frozenset(map(Pastime, each)) for each in (ask.off, ask.at_hours))
        return Switches(off, at_hours, window(ask.hours))

    before = await hub.play.limits(whose)
    talk = asked.talk_minutes if "talk_minutes" in asked.model_fields_set else before.talk_minutes
    limits = PlayLimits(
        day(asked.weekday, before.weekday),
        day(asked.weekend, before.weekend),
        kinds(asked.at_bedtime, before.at_bedtime),
        kinds(asked.at_rest, before.at_rest),
        talk or None,
        switches(asked.switches, before.switches),
    )
    await hub.play.save(whose, limits)
