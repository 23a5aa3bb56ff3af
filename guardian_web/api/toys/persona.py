"""Who a toy is, and its earlier versions; for the hub's own command line."""

from dataclasses import asdict, replace
from typing import Annotated, Any, Final, Self

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.toys import toy_asked
from guardian_web.keys import HUB
from hub.domain.api import Scope
from hub.domain.limits import (
    MAX_BACKSTORY_CHARS,
    MAX_KIND_CHARS,
    MAX_NAME_CHARS,
    MAX_STYLE_CHARS,
    MAX_WORDING_CHARS,
    MAX_WORDINGS,
)
from hub.domain.persona import Persona, PersonaVersion, ReplyLength
from hub.domain.toys import Toy

ROUTES: Final = RouteTable()

MAX_BODY_BYTES: Final = 64 * 1024
"""Room for all fields in any script."""
Kind = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_KIND_CHARS)]
Style = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_STYLE_CHARS)]
Backstory = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_BACKSTORY_CHARS)]
Wording = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WORDING_CHARS)
]
Wordings = Annotated[list[Wording], Field(max_length=MAX_WORDINGS)]


class PersonaAnswer(models.Answer):
    """In each text `{toy}` stands for the toy's name."""

    kind: str
    traits: list[str]
    style: str
    interests: list[str]
    catchphrases: list[str]
    backstory: str
    reply_length: ReplyLength
    asks_back: bool

    @classmethod
    def of(cls, persona: Persona) -> Self:
        return cls.model_validate(persona, from_attributes=True)


class VersionAnswer(models.Answer):
    version: int
    at: AwareDatetime
    by: str
    """The name of who saved it; "" where nobody signed in did."""
    persona: PersonaAnswer

    @classmethod
    def of(cls, kept: PersonaVersion) -> Self:
        persona = PersonaAnswer.of(kept.persona)
        return cls(version=kept.version, at=kept.at, by=kept.by, persona=persona)


class ToyPersonaAnswer(models.Answer):
    toy: str
    """Its name."""
    persona: PersonaAnswer
    versions: list[VersionAnswer]
    """The newest, which the toy has now, first."""


class PersonaAsk(models.Request):
    """What is left out stays as it is, or as it is in what is begun with."""

    character: Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS)] = ""
    """The id of a ready character to begin with."""
    voice: bool = False
    """The toy gets that character's voice, too, where it has one in what speaks for the toy."""
    version: Annotated[int, Field(ge=1)] | None = None
    """An earlier version to begin with."""
    kind: Kind | None = None
    traits: Wordings | None = None
    style: Style | None = None
    interests: Wordings | None = None
    catchphrases: Wordings | None = None
    backstory: Backstory | None = None
    reply_length: Annotated[ReplyLength, Field(strict=False)] | None = None
    asks_back: bool | None = None

    def change(self, persona: Persona) -> Persona:
        given: dict[str, Any] = self.model_dump(
            exclude={"character", "voice", "version"}, exclude_none=True
        )
        for name in {"traits", "interests", "catchphrases"} & given.keys():
            given[name] = tuple(given[name])
        return Persona(**(asdict(persona) | given))


@ROUTES.call("GET", "/toys/{toy}/persona", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def show(request: web.Request) -> ToyPersonaAnswer:
    """Who a toy is, and who it was: the versions that are kept."""
    return await _answer(request, await toy_asked(request))


@ROUTES.call(
    "PATCH",
    "/toys/{toy}/persona",
    Scope.OWNER,
    codes=(Code.NOT_FOUND, Code.REFUSED),
    max_body_bytes=MAX_BODY_BYTES,
)
async def change(request: web.Request, asked: PersonaAsk) -> ToyPersonaAnswer:
    """Change who a toy is, from what it is now, a ready character or an earlier version; kept as the next version."""
    hub, toy = request.config_dict[HUB], await toy_asked(request)
    persona = asked.change(await _begun_with(request, toy, asked))
    if asked.voice:
        character = hub.characters.get(asked.character)
        toy = replace(toy, voice=await hub.characters.voice(toy, character))
    return await _answer(request, await hub.personas.save(toy, persona, ""))


async def _begun_with(request: web.Request, toy: Toy, asked: PersonaAsk) -> Persona:
    hub = request.config_dict[HUB]
    if asked.character and asked.version is not None:
        raise ApiError(Code.INVALID, "character, version: begin with one of them")
    if asked.voice and not asked.character:
        raise ApiError(Code.INVALID, "voice: it is that of a character, so name one")
    if asked.character:
        return hub.characters.get(asked.character).persona
    if asked.version is not None:
        return (await hub.personas.version(toy, asked.version)).persona
    return toy.persona


async def _answer(request: web.Request, toy: Toy) -> ToyPersonaAnswer:
    versions = await request.config_dict[HUB].personas.versions(toy)
    return ToyPersonaAnswer(
        toy=toy.name,
        persona=PersonaAnswer.of(toy.persona),
        versions=[VersionAnswer.of(each) for each in versions],
    )
