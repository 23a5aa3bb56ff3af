"""The household's backups: which there are, and one more."""

from typing import Final

from aiohttp import web
from pydantic import AwareDatetime

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.keys import HUB
from hub.domain.api import Scope

ROUTES: Final = RouteTable()


class BackupAnswer(models.Answer):
    name: str
    made_at: AwareDatetime
    size_bytes: int


class BackupsAnswer(models.Answer):
    folder: str
    """Where they are kept; "": nowhere."""
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
    return BackupsAnswer(
        folder=str((await backups.place()).folder or ""),
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
