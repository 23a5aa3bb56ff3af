"""The page "Who Bear is": the fields that a toy's prompt is made of, the prompt itself, and earlier versions.

A ready character, or an earlier version, fills the fields and changes nothing: one Save keeps what they say then.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Self

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.try_toy.line import MAX_TYPED_CHARS
from hub.core.toys.characters import Character
from hub.domain.limits import (
    MAX_BACKSTORY_CHARS,
    MAX_KIND_CHARS,
    MAX_STYLE_CHARS,
    MAX_WORDING_CHARS,
    MAX_WORDINGS,
)
from hub.domain.persona import Persona, PersonaVersion, ReplyLength
from hub.domain.toys import Toy, Voice
from hub.errors import NotFoundError, PommaiError, RefusedError
from hub.translation import gettext as _
from hub.translation import marked

LENGTH_WORDS: Final[Mapping[ReplyLength, tuple[str, str]]] = {
    ReplyLength.SHORT: (marked("Short"), marked("a sentence, or two")),
    ReplyLength.NORMAL: (marked("Normal"), marked("one to three sentences")),
    ReplyLength.CHATTY: (marked("Chatty"), marked("three to five sentences")),
}
MAX_LINES_CHARS: Final = MAX_WORDINGS * (MAX_WORDING_CHARS + 1)
LIMITS: Final[Mapping[str, int]] = {
    "kind": MAX_KIND_CHARS,
    "style": MAX_STYLE_CHARS,
    "backstory": MAX_BACKSTORY_CHARS,
    **dict.fromkeys(("traits", "interests", "catchphrases"), MAX_LINES_CHARS),
}
"""Characters that fit into each field."""


@dataclass(frozen=True, slots=True)
class PersonaForm:
    """All as text; of traits, interests and catchphrases one a line."""

    kind: str
    traits: str
    style: str
    interests: str
    catchphrases: str
    backstory: str
    reply_length: str
    asks_back: str
    """"yes" or ""."""

    @classmethod
    def of(cls, persona: Persona) -> Self:
        return cls(
            kind=persona.kind,
            traits="\n".join(persona.traits),
            style=persona.style,
            interests="\n".join(persona.interests),
            catchphrases="\n".join(persona.catchphrases),
            backstory=persona.backstory,
            reply_length=persona.reply_length,
            asks_back="yes" if persona.asks_back else "",
        )

    @classmethod
    def read(cls, form: Mapping[str, object]) -> Self:
        names = cls.__dataclass_fields__
        return cls(
            **{name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in names}
        )

    def problems(self) -> dict[str, str]:
        """What must be changed before it can be saved: field to one line."""
        found = {
            name: _("That is too long: at most %(most)s characters fit.", most=most)
            for name, most in LIMITS.items()
            if len(getattr(self, name)) > most
        }
        for name in ("traits", "interests", "catchphrases"):
            lines = _lines(getattr(self, name))
            if len(lines) > MAX_WORDINGS or any(len(line) > MAX_WORDING_CHARS for line in lines):
                found[name] = _(
                    "At most %(lines)s lines fit here, each of at most %(most)s characters.",
                    lines=MAX_WORDINGS,
                    most=MAX_WORDING_CHARS,
                )
        if self.reply_length not in set(ReplyLength):
            found["reply_length"] = _("Please choose one of the three.")
        return found

    def persona(self) -> Persona:
        """Only once there are no problems."""
        return Persona(
            kind=self.kind,
            traits=_lines(self.traits),
            style=self.style,
            interests=_lines(self.interests),
            catchphrases=_lines(self.catchphrases),
            backstory=self.backstory,
            reply_length=ReplyLength(self.reply_length),
            asks_back=self.asks_back == "yes",
        ).or_usual()


async def show(request: web.Request) -> web.StreamResponse:
    """As it is now; or, to be saved, a ready character (`character`), or as it was (`version`)."""
    hub, toy = request.app[HUB], await toy_of(request)
    persona, earlier, character = toy.persona, None, None
    if wanted := request.query.get("character"):
        try:
            character = hub.characters.get(wanted)
        except NotFoundError as error:
            raise web.HTTPNotFound from error
        persona = character.persona
    elif wanted := request.query.get("version"):
        number = int(wanted) if re.fullmatch("[0-9]{1,9}", wanted) else 0
        earlier = await hub.personas.version(toy, number)
        persona = earlier.persona
    form = PersonaForm.of(persona)
    return await _page(request, toy, form, earlier=earlier, character=character)


async def save(request: web.Request) -> web.StreamResponse:
    hub, toy = request.app[HUB], await toy_of(request)
    posted = await request.post()
    form = PersonaForm.read(posted)
    problems = form.problems()
    character = next((c for c in hub.characters.list() if c.id == posted.get("voice_of")), None)
    if not problems:
        try:
            if character is not None:
                toy = replace(toy, voice=await hub.characters.voice(toy, character))
            await hub.personas.save(toy, form.persona(), request[VISITOR].guardian.name)
        except RefusedError as error:
            problems["catchphrases"] = str(error)
        except PommaiError as error:
            problems[""] = str(error)
    if problems:
        return await _page(request, toy, form, problems=problems, character=character)
    return see(f"/toys/{toy.id}/persona?done=saved")


async def prompt(request: web.Request) -> web.StreamResponse:
    """What a model would be told if these fields were saved, as plain text; what doesn't fit is said in its place."""
    toy = await toy_of(request)
    form = PersonaForm.read(await request.post())
    if problems := form.problems():
        return web.Response(text=next(iter(problems.values())))
    toy = replace(toy, persona=form.persona())
    return web.Response(text=await request.app[HUB].personas.prompt(toy))


async def try_out(request: web.Request) -> web.StreamResponse:
    """What the toy would answer to `heard` if these fields were saved, as plain text; nothing is saved."""
    toy, posted = await toy_of(request), await request.post()
    form, heard = PersonaForm.read(posted), str(posted.get("heard", ""))
    problems = [*form.problems().values()]
    if len(heard) > MAX_TYPED_CHARS:
        problems.append(
            _("That is too long: at most %(most)s characters fit.", most=MAX_TYPED_CHARS)
        )
    if problems:
        raise web.HTTPConflict(text=problems[0])
    toy = replace(toy, persona=form.persona(), persona_version=0)
    try:
        turn = await request.app[HUB].talks.try_typed(toy, heard)
    except PommaiError as error:
        raise web.HTTPConflict(text=str(error)) from error
    return web.Response(text=" ".join(turn.said))


async def _page(
    request: web.Request,
    toy: Toy,
    form: PersonaForm,
    *,
    earlier: PersonaVersion | None = None,
    problems: Mapping[str, str] | None = None,
    character: Character | None = None,
) -> web.StreamResponse:
    """With a `character` that the fields were begun with, its voice is offered, too, where it has one for the toy."""
    hub = request.app[HUB]
    has_voice = character and await hub.characters.voice(toy, character) not in (Voice(), toy.voice)
    shown = toy if problems else replace(toy, persona=form.persona())
    return await guardian_page(
        request,
        "persona.html",
        "toys",
        HTTPStatus.CONFLICT if problems else HTTPStatus.OK,
        own=f"/toys/{toy.id}/persona",
        toy=toy,
        form=form,
        problems=problems or {},
        saved=request.query.get("done") == "saved",
        earlier=earlier,
        voice_of=character if has_voice else None,
        begun=not problems and earlier is None and form != PersonaForm.of(toy.persona),
        lengths=LENGTH_WORDS,
        limits=LIMITS,
        typed_most=MAX_TYPED_CHARS,
        characters=hub.characters.list(),
        versions=await hub.personas.versions(toy),
        prompt=await hub.personas.prompt(shown),
    )


def _lines(text: str) -> tuple[str, ...]:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))
