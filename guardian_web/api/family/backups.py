"""The household's backups: which there are, one more, and where they go."""

from typing import Annotated, Final

from aiohttp import web
from pydantic import AwareDatetime, Field

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.keys import HUB
from hub.core.backups.places import (
    MAX_ADDRESS_CHARS,
    MAX_BUCKET_CHARS,
    MAX_FOLDER_CHARS,
    MAX_SECRET_CHARS,
    MAX_USER_CHARS,
)
from hub.domain.api import Scope
from hub.domain.backups import BackupServer, ServerKind

ROUTES: Final = RouteTable()


class BackupAnswer(models.Answer):
    name: str
    made_at: AwareDatetime
    size_bytes: int


class ServerAnswer(models.Answer):
    kind: ServerKind
    address: str
    user: str
    bucket: str
    region: str
    agreed_at: AwareDatetime | None
    """When a grown-up agreed that locked backups leave the home."""


class PlaceAsk(models.Request):
    """A folder, or a server; nothing at all: nowhere."""

    folder: str = Field("", max_length=MAX_FOLDER_CHARS)
    kind: Annotated[ServerKind, Field(strict=False)] | None = None
    """Of a server."""
    address: str = Field("", max_length=MAX_ADDRESS_CHARS)
    """Of its folder; with S3 of itself."""
    user: str = Field("", max_length=MAX_USER_CHARS)
    secret: str = Field("", max_length=MAX_SECRET_CHARS)
    """"": as it was, where the address and the user are the same."""
    bucket: str = Field("", max_length=MAX_BUCKET_CHARS)
    """With S3 alone; a folder in it may follow a slash."""
    region: str = Field("", max_length=MAX_USER_CHARS)
    agreed: bool = False
    """Locked backups may leave the home; a server at home needs no such word."""


class BackupsAnswer(models.Answer):
    folder: str
    """Where they are kept; "": nowhere, or on a server."""
    server: ServerAnswer | None
    """In the folder's place; never with its secret."""
    busy: bool
    """One is being made now."""
    problem: str
    """Why the last one failed; "": it did not."""
    backups: list[BackupAnswer]
    """The newest first."""


@ROUTES.call("GET", "/backups", Scope.OWNER)
async def show(request: web.Request) -> BackupsAnswer:
    """Where backups are kept, how the last one went, and which there are."""
    backups = request.config_dict[HUB].backups
    place = await backups.place()
    return BackupsAnswer(
        folder=str(place.folder or ""),
        server=ServerAnswer.model_validate(place.server, from_attributes=True)
        if place.server
        else None,
        busy=backups.busy,
        problem=backups.problem,
        backups=[
            BackupAnswer(name=one.name, made_at=one.made_at, size_bytes=one.size_bytes)
            for one in await backups.kept()
        ],
    )


@ROUTES.call("POST", "/backups", Scope.OWNER, codes=(Code.REFUSED,))
async def begin(request: web.Request) -> BackupsAnswer:
    """Begin to make one where the family keeps them; the call to show them tells how it goes."""
    await request.config_dict[HUB].backups.ask()
    return await show(request)


@ROUTES.call("PUT", "/backups/place", Scope.OWNER, codes=(Code.REFUSED,))
async def choose(request: web.Request, asked: PlaceAsk) -> BackupsAnswer:
    """Choose where backups go: a folder of the hub's computer, a server that is tried first, or nowhere."""
    backups = request.config_dict[HUB].backups
    if asked.kind:
        server = BackupServer(
            asked.kind, asked.address, asked.user, asked.secret, asked.bucket, asked.region
        )
        await backups.choose_server(server, agreed=asked.agreed)
    else:
        await backups.choose(asked.folder)
    return await show(request)
