"""How a toy is set, how it puts a child to bed, and what it may ask of the house; for the hub's own command line."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Final, Literal, Self

from aiohttp import web
from pydantic import Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import ApiError, Code, refuse
from guardian_web.api.toys import toy_asked
from guardian_web.keys import HUB
from guardian_web.toys.bedtime import BedtimeForm
from guardian_web.toys.choices import choices_for, in_its_language
from guardian_web.toys.form import TIGHTENABLE, ToyForm
from guardian_web.toys.house_rights import RightsForm
from guardian_web.toys.voices import voices_for
from hub.domain.api import Scope
from hub.domain.limits import MAX_NAME_CHARS, MAX_ROOMS, MAX_TOPIC_CHARS, MAX_TOPICS
from hub.domain.lulling import MAX_BEDTIME_MINUTES, MIN_BEDTIME_MINUTES, Bedtime, SoundName
from hub.domain.safety import SEVERITY_MAX, Category, SafetyLevel
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask, Patience, Toy

ROUTES: Final = RouteTable()

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_CHARS)
]
Names = Annotated[list[Name], Field(max_length=MAX_ROOMS)]
Topic = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TOPIC_CHARS)
]
Topics = Annotated[list[Topic], Field(max_length=MAX_TOPICS)]
Severity = Annotated[int, Field(ge=0, le=SEVERITY_MAX)]
LaxCategory = Annotated[Category, Field(strict=False)]
BedtimeSound = Literal[
    "none", "noise", "rain", "sea", "twinkle", "cradle", "frere_jacques", "moonlight"
]
LaxTask = Annotated[HomeAssistantTask, Field(strict=False)]


class NewToyAsk(models.Request):
    name: Name


class ToySettingsAnswer(models.Answer):
    id: str
    name: str
    level: SafetyLevel
    topics: list[str]
    """It doesn't talk of them."""
    thresholds: dict[Category, int]
    """The most severity that passes, where that is stricter than the level."""
    language: str
    patience: Patience
    tells_of_reading: bool
    """At its next talk it says that grown-ups can read along."""

    @classmethod
    def of(cls, toy: Toy) -> Self:
        return cls(
            id=toy.id,
            name=toy.name,
            level=toy.safety_level,
            topics=sorted(toy.blocked_topics),
            thresholds=toy.thresholds,
            language=toy.language,
            patience=toy.patience,
            tells_of_reading=toy.tells_of_reading,
        )


class ToySettingsAsk(models.Request):
    """What is left out stays as it is, and of topics and thresholds all that is given takes the place of all."""

    name: Name | None = None
    level: Annotated[SafetyLevel, Field(strict=False)] | None = None
    topics: Topics | None = None
    thresholds: dict[LaxCategory, Severity] | None = None
    language: Name | None = None
    patience: Annotated[Patience, Field(strict=False)] | None = None
    tells_of_reading: bool | None = None

    def form(self, toy: Toy) -> ToyForm:
        """As a parent would type it."""
        level = self.level or toy.safety_level
        form = ToyForm.of(replace(toy, safety_level=level))
        if self.name is not None:
            form = replace(form, name=" ".join(self.name.split()))
        if self.topics is not None:
            form = replace(form, topics="\n".join(self.topics))
        if self.thresholds is not None:
            thresholds = {category: str(most) for category, most in self.thresholds.items()}
            form = replace(form, thresholds=thresholds)
        if self.tells_of_reading is not None:
            form = replace(form, tells="yes" if self.tells_of_reading else "")
        return replace(
            form,
            language=form.language if self.language is None else self.language,
            patience=self.patience or form.patience,
        )


class LanguageAnswer(models.Answer):
    code: str
    name: str
    lacks: list[str]
    """Why it can't be chosen, and what would bring it, a sentence or two each; empty where it can be."""


class LanguagesAnswer(models.Answer):
    toy: str
    language: str
    """What it speaks."""
    languages: list[LanguageAnswer]


class HouseRightsAnswer(models.Answer):
    tasks: list[HomeAssistantTask]
    rooms: list[str]
    players: list[str]

    @classmethod
    def of(cls, rights: HomeAssistantRights) -> Self:
        return cls(
            tasks=sorted(rights.tasks), rooms=list(rights.rooms), players=list(rights.players)
        )


class HouseRightsAsk(models.Request):
    """Takes the place of what was allowed."""

    tasks: list[LaxTask] = Field(max_length=len(HomeAssistantTask))
    rooms: Names = Field(default_factory=list)
    players: Names = Field(default_factory=list)


class BedtimeAnswer(models.Answer):
    minutes: int
    """It is over after so many."""
    sound: SoundName | None
    """What is heard after the story."""

    @classmethod
    def of(cls, bedtime: Bedtime) -> Self:
        return cls(minutes=bedtime.minutes, sound=bedtime.sound)


class BedtimeAsk(models.Request):
    """What is left out stays as it is."""

    minutes: Annotated[int, Field(ge=MIN_BEDTIME_MINUTES, le=MAX_BEDTIME_MINUTES)] | None = None
    sound: BedtimeSound | None = None


@ROUTES.call("POST", "/toys", Scope.OWNER, codes=(Code.REFUSED,), status=HTTPStatus.CREATED)
async def add(request: web.Request, asked: NewToyAsk) -> ToySettingsAnswer:
    """Add a toy; it is as careful and as patient as the first one was."""
    return ToySettingsAnswer.of(await request.config_dict[HUB].toys.add(asked.name))


@ROUTES.call("GET", "/toys/{toy}/settings", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> ToySettingsAnswer:
    """How a toy is set."""
    return ToySettingsAnswer.of(await toy_asked(request))


@ROUTES.call("PATCH", "/toys/{toy}/settings", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def change(request: web.Request, asked: ToySettingsAsk) -> ToySettingsAnswer:
    """Change some of it; where the language changes and the voice doesn't speak it, a voice that does is taken."""
    toy = await toy_asked(request)
    if set(asked.thresholds or ()) - {*TIGHTENABLE}:
        raise ApiError(Code.REFUSED, f"thresholds: only {', '.join(TIGHTENABLE)} have one")
    form, choices = asked.form(toy), await choices_for(request, toy)
    refuse(form.problems(toy, choices))
    changed = in_its_language(form, toy, choices).apply(toy)
    return ToySettingsAnswer.of(await request.config_dict[HUB].toys.save(changed))


@ROUTES.call("GET", "/toys/{toy}/languages", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_languages(request: web.Request) -> LanguagesAnswer:
    """Which languages it could speak, and what the others lack."""
    toy = await toy_asked(request)
    known = await request.config_dict[HUB].languages.of(toy, await voices_for(request, toy))
    return LanguagesAnswer(
        toy=toy.name,
        language=toy.language,
        languages=[
            LanguageAnswer(code=each.code, name=str(each.name), lacks=list(each.lacks))
            for each in known
        ],
    )


@ROUTES.call("GET", "/toys/{toy}/bedtime", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_bedtime(request: web.Request) -> BedtimeAnswer:
    """How a toy puts a child to bed."""
    return BedtimeAnswer.of((await toy_asked(request)).bedtime)


@ROUTES.call("PATCH", "/toys/{toy}/bedtime", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def set_bedtime(request: web.Request, asked: BedtimeAsk) -> BedtimeAnswer:
    """Change how long it lasts, or what is heard after the story."""
    toy = await toy_asked(request)
    form = BedtimeForm.of(toy.bedtime)
    if asked.minutes is not None:
        form = replace(form, minutes=str(asked.minutes))
    form = replace(form, sound=asked.sound or form.sound)
    refuse(form.problems())
    saved = await request.config_dict[HUB].toys.save(replace(toy, bedtime=form.bedtime()))
    return BedtimeAnswer.of(saved.bedtime)


@ROUTES.call("GET", "/toys/{toy}/house", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show_rights(request: web.Request) -> HouseRightsAnswer:
    """What a toy may ask of the house."""
    return HouseRightsAnswer.of((await toy_asked(request)).home_assistant_rights)


@ROUTES.call("PUT", "/toys/{toy}/house", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def set_rights(request: web.Request, asked: HouseRightsAsk) -> HouseRightsAnswer:
    """Say what it may ask, in which rooms and of which players."""
    toy = await toy_asked(request)
    tasks = frozenset(str(task) for task in asked.tasks)
    form = RightsForm(tasks, "\n".join(asked.rooms), "\n".join(asked.players))
    refuse(form.problems())
    changed = replace(toy, home_assistant_rights=form.rights())
    saved = await request.config_dict[HUB].toys.save(changed)
    return HouseRightsAnswer.of(saved.home_assistant_rights)
