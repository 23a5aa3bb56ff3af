"""A toy that leaves this home or comes to it; for the hub's own command line, as it is no program's business."""

import base64
from typing import Annotated, Final

from aiohttp import web
from pydantic import StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.talks.answers import RemovalAnswer
from guardian_web.api.toys import toy_asked
from guardian_web.keys import HUB
from guardian_web.moving.views import file_name
from hub.core.moving.toy_moves import MAX_FILE_BYTES
from hub.domain.api import Scope
from hub.domain.limits import MAX_NAME_CHARS

ROUTES: Final = RouteTable()

MAX_BODY_BYTES: Final = 2 * MAX_FILE_BYTES
"""A file in base 64 is a third longer."""
Name = Annotated[str, StringConstraints(max_length=MAX_NAME_CHARS)]


class ExportAsk(models.Request):
    child: Name = ""
    """Whose memories come along, by name or id; "": nobody's."""
    knowledge: bool = False
    """The texts that the toy alone was given to know come along."""


class ToyFileAnswer(models.Answer):
    name: str
    """For the file."""
    file: str
    """A ZIP in base 64."""


class ImportAsk(models.Request):
    file: Annotated[str, StringConstraints(max_length=MAX_BODY_BYTES)]
    """A ZIP in base 64."""
    name: Name = ""
    """What to call the toy; "": as it was."""
    child: Name = ""
    """Who the memories in it are for, by name or id; "": they are left out."""


class GiveAwayAsk(models.Request):
    talks: bool = False
    """What was said is deleted, too."""


class GivenAwayAnswer(models.Answer):
    toy: str
    """Its name."""
    devices: list[str]
    """The names of those that belong to nobody now."""
    removal: RemovalAnswer | None
    """Of what was said; None where nothing is deleted."""


class ArrivalAnswer(models.Answer):
    id: str
    name: str
    notes: list[str]
    """What is not as it was, a sentence each."""


@ROUTES.call(
    "POST",
    "/toys/import",
    Scope.OWNER,
    codes=(Code.NOT_FOUND, Code.REFUSED),
    max_body_bytes=MAX_BODY_BYTES,
)
async def take_in(request: web.Request, asked: ImportAsk) -> ArrivalAnswer:
    """Let a toy move in from a file that another hub saved."""
    hub = request.config_dict[HUB]
    try:
        content = base64.b64decode(asked.file, validate=True)
    except ValueError as error:
        raise ApiError(Code.INVALID, "file: must be a ZIP in base 64") from error
    child_id = await _child_id(request, asked.child)
    arrival = await hub.toy_moves.unpack(content, asked.name, child_id)
    return ArrivalAnswer(id=arrival.toy.id, name=arrival.toy.name, notes=list(arrival.notes))


@ROUTES.call("POST", "/toys/{toy}/give-away", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def give_away(request: web.Request, asked: GiveAwayAsk) -> GivenAwayAnswer:
    """Let go of every device that a toy lives in, for somebody else; the toy stays here, without one."""
    hub, toy = request.config_dict[HUB], await toy_asked(request)
    gone = await hub.devices.release_all(toy.id)
    removal = await hub.removals.ask_all_with(toy.id) if asked.talks else None
    return GivenAwayAnswer(
        toy=toy.name,
        devices=[one.name for one in gone],
        removal=RemovalAnswer.of(removal) if removal else None,
    )


@ROUTES.call("POST", "/toys/{toy}/export", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def export(request: web.Request, asked: ExportAsk) -> ToyFileAnswer:
    """Save a toy as a file, with what it remembers of one child where that is asked for."""
    toy = await toy_asked(request)
    child_id = await _child_id(request, asked.child)
    moves = request.config_dict[HUB].toy_moves
    content = await moves.pack(toy, child_id, knowledge=asked.knowledge)
    return ToyFileAnswer(name=file_name(toy), file=base64.b64encode(content).decode())


async def _child_id(request: web.Request, wanted: str) -> str:
    if not wanted:
        return ""
    return (await request.config_dict[HUB].children.named(wanted)).id
