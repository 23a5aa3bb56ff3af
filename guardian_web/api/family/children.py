"""The children and their toys; for the hub's own command line, as names and birthdays are no program's business."""

from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable, Stream, begin_lines, line
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.talks.answers import RemovalAnswer
from guardian_web.keys import HUB
from hub.core.hub import Hub
from hub.domain.api import Scope
from hub.domain.family.children import Child, read_born
from hub.domain.family.visits import MAX_DAYS, OLDEST
from hub.domain.limits import MAX_CHILDREN, MAX_PROFILE_CHARS, MAX_PRONOUNS_CHARS
from hub.domain.safety import SafetyLevel

ROUTES: Final = RouteTable()

Born = Annotated[str, StringConstraints(pattern=r"^$|^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
"""A birthday as far as it is known: "2019", "2019-05", "2019-05-17", or ""."""
Pronouns = Annotated[str, StringConstraints(max_length=MAX_PRONOUNS_CHARS)]

Told = Annotated[str, StringConstraints(max_length=MAX_PROFILE_CHARS)]

Level = Annotated[SafetyLevel, Field(strict=False)] | Literal[""]
"""How careful every toy is at least with this child; "": as each is set."""


class VoiceHintAnswer(models.Answer):
    agreed_at: AwareDatetime
    agreed_to: str
    """Word for word."""
    utterances: int
    """Learned from so many, of which no sound is kept."""
    is_learned: bool
    """That is enough to compare a voice with it."""


class VoiceHintAsk(models.Request):
    agreed: Literal[True]
    """To what `agreed_to` of the answer says."""


class ChildAnswer(models.Answer):
    id: str
    name: str
    born: Born
    age: int | None
    pronouns: str
    likes: str
    avoid: str
    gentle: str
    languages: str
    level: SafetyLevel | None
    """Meant for this age."""
    safety_level: SafetyLevel | None
    """As a parent chose: of this and the toy's the stricter counts; null: as each toy is set."""
    archived: bool
    toys: list[str]
    """Their names."""
    turns: int
    """How many are known to be this child's."""
    voice_hint: VoiceHintAnswer | None
    """By its voice toys may guess that it speaks; null: that is off."""


class ChildrenAnswer(models.Answer):
    children: list[ChildAnswer]


class NewChildAsk(models.Request):
    name: models.Name
    born: Born = ""
    pronouns: Pronouns = ""
    likes: Told = ""
    """With commas between."""
    avoid: Told = ""
    """What a toy had better not begin to speak of."""
    gentle: Told = ""
    """What it is to be gentle about."""
    languages: Told = ""
    safety_level: Level = ""


class ChildAsk(models.Request):
    """What is left out stays as it is."""

    name: models.Name | None = None
    born: Born | None = None
    pronouns: Pronouns | None = None
    likes: Told | None = None
    avoid: Told | None = None
    gentle: Told | None = None
    languages: Told | None = None
    safety_level: Level | None = None
    archived: bool | None = None


class ToyChildrenAsk(models.Request):
    children: Annotated[list[str], Field(max_length=MAX_CHILDREN)]
    """Ids or names."""


class SpeakerAsk(models.Request):
    child: str
    """Id or name; "": nobody knows who has it."""


class SpeakerAnswer(models.Answer):
    toy: str
    child: str
    """Their names; "": nobody knows."""


class VisitAsk(models.Request):
    name: models.Name
    age: Annotated[int, Field(ge=1, le=OLDEST)]
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = 1
    """1: until the end of today."""
    keep: bool = False
    """What is said is not erased at the end."""


class VisitAnswer(models.Answer):
    toy: str
    name: str
    ends_at: AwareDatetime


@ROUTES.call("GET", "/children", Scope.OWNER)
async def show_all(request: web.Request) -> ChildrenAnswer:
    """All children, by name, archived ones too."""
    hub = request.config_dict[HUB]
    children = await hub.children.list(archived=True)
    return ChildrenAnswer(children=[await _answer(hub, child) for child in children])


@ROUTES.call("POST", "/children", Scope.OWNER, codes=(Code.REFUSED,))
async def add(request: web.Request, asked: NewChildAsk) -> ChildAnswer:
    """Add a child."""
    hub = request.config_dict[HUB]
    child = _born(Child("", **_told(asked)), asked.born)
    return await _answer(hub, await hub.children.save(child))


@ROUTES.call("GET", "/children/{child}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> ChildAnswer:
    """One child, by id or name."""
    hub = request.config_dict[HUB]
    return await _answer(hub, await hub.children.named(request.match_info["child"]))


@ROUTES.call("PATCH", "/children/{child}", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def change(request: web.Request, asked: ChildAsk) -> ChildAnswer:
    """Change a profile, put a child aside, or take them back."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    changed = Child(**(asdict(child) | _told(asked)))
    if asked.born is not None:
        changed = _born(changed, asked.born)
    if changed != child:
        child = await hub.children.save(changed)
    if asked.archived is not None:
        child = await hub.children.archive(child.id, asked.archived)
    return await _answer(hub, child)


@ROUTES.call(
    "POST",
    "/children/{child}/export",
    Scope.OWNER,
    codes=(Code.NOT_FOUND,),
    stream=Stream.LINES,
    cut_short=True,
)
async def export(request: web.Request) -> web.StreamResponse:
    """All that is kept of one child, a row a line: `part` is what it is of, `row` what is kept."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    response = await begin_lines(request)
    async with aclosing(hub.privacy.of_child(child.id)) as pieces:
        async for part, rows in pieces:
            await response.write(b"".join(line({"part": part, "row": row}) for row in rows))
    return response


@ROUTES.call("DELETE", "/children/{child}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def remove(request: web.Request) -> RemovalAnswer:
    """Remove a child, with all that is known to be theirs: out of sight at once, and erased after a minute."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    return RemovalAnswer.of(await hub.removals.remove_child(child.id))


@ROUTES.call("PUT", "/children/{child}/voice-hint", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def agree_to_hint(request: web.Request, asked: VoiceHintAsk) -> ChildAnswer:
    """Let toys that a child shares guess by its voice that it speaks, and learn it; `voice_hint` says what that is."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    assert asked.agreed, "nothing else is valid"
    await hub.voice_hints.agree(child.id)
    return await _answer(hub, child)


@ROUTES.call("DELETE", "/children/{child}/voice-hint", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def erase_hint(request: web.Request) -> ChildAnswer:
    """Turn that off, and erase what is known of the voice."""
    hub = request.config_dict[HUB]
    child = await hub.children.named(request.match_info["child"])
    await hub.voice_hints.erase(child.id)
    return await _answer(hub, child)


@ROUTES.call("PUT", "/toys/{toy}/children", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def give(request: web.Request, asked: ToyChildrenAsk) -> ChildrenAnswer:
    """Say whose toy it is."""
    hub = request.config_dict[HUB]
    toy = await hub.devices.toy_named(request.match_info["toy"])
    chosen = [await hub.children.named(name) for name in asked.children]
    await hub.children.give(toy.id, [child.id for child in chosen])
    return ChildrenAnswer(children=[await _answer(hub, child) for child in chosen])


@ROUTES.call("PUT", "/toys/{toy}/speaker", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def hand(request: web.Request, asked: SpeakerAsk) -> SpeakerAnswer:
    """Say which of its children has a toy now, for the talk that goes on or begins within ten minutes."""
    hub = request.config_dict[HUB]
    toy = await hub.devices.toy_named(request.match_info["toy"])
    child = await hub.children.named(asked.child) if asked.child else None
    await hub.children.hand(toy.id, child.id if child else None)
    return SpeakerAnswer(toy=toy.name, child=child.name if child else "")


@ROUTES.call("POST", "/toys/{toy}/visit", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def begin_visit(request: web.Request, asked: VisitAsk) -> VisitAnswer:
    """Let a friend play with a toy: nothing is remembered, and the stricter of the ages holds."""
    hub = request.config_dict[HUB]
    toy = await hub.devices.toy_named(request.match_info["toy"])
    visit = await hub.visits.begin(
        toy, asked.name, asked.age, days=asked.days, keeps_talks=asked.keep
    )
    return VisitAnswer(toy=toy.name, name=visit.name, ends_at=visit.ends_at)


@ROUTES.call("DELETE", "/toys/{toy}/visit", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def end_visit(request: web.Request) -> VisitAnswer:
    """End a visit before its time; what was said is erased, unless a parent keeps it."""
    hub = request.config_dict[HUB]
    toy = await hub.devices.toy_named(request.match_info["toy"])
    await hub.visits.end(toy)
    assert toy.visit, "else there was none to end"
    return VisitAnswer(toy=toy.name, name=toy.visit.name, ends_at=toy.visit.ends_at)


async def _answer(hub: Hub, child: Child) -> ChildAnswer:
    today = await hub.children.today()
    belongings = await hub.children.belongings(child.id)
    hint = await hub.voice_hints.of(child.id)
    return ChildAnswer(
        id=child.id,
        name=child.name,
        born=child.born,
        age=child.age(today),
        pronouns=child.pronouns,
        likes=child.likes,
        avoid=child.avoid,
        gentle=child.gentle,
        languages=child.languages,
        level=child.level(today),
        safety_level=child.safety_level,
        archived=child.archived,
        toys=[toy.name for toy in belongings.toys],
        turns=belongings.turns,
        voice_hint=VoiceHintAnswer.model_validate(hint, from_attributes=True) if hint else None,
    )


def _told(asked: NewChildAsk | ChildAsk) -> dict[str, Any]:
    """The fields of a `Child` that are to change, but for the birthday."""
    told = asked.model_dump(exclude={"born", "archived"}, exclude_none=True)
    return told | {"safety_level": told["safety_level"] or None} if "safety_level" in told else told


def _born(child: Child, text: str) -> Child:
    """`child` with that birthday. Raises ApiError where there is no such day."""
    try:
        year, month, day = read_born(text)
    except ValueError as error:
        raise ApiError(Code.INVALID, f"born: {error}") from error
    return replace(child, birth_year=year, birth_month=month, birth_day=day)
