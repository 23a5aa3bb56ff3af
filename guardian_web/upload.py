"""A form that brings files along, read into memory and no further than its bounds."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from hub.core.toys.voices import MAX_RECORDING_BYTES, MAX_RECORDINGS
from hub.translation import gettext as _

TAKES_FILES = "takes_files."
"""Begins the name of each route that does."""
READS_FORM = "reads_form."
"""The same of a route whose handler reads and checks the form itself, as its file is too large for the memory."""
UPLOAD_WAIT_S = 120.0
MAX_BYTES_UNDER_WAY = 2 * MAX_RECORDINGS * MAX_RECORDING_BYTES
"""Of all uploads together: one family seldom sends two at a time, and a small computer has little memory."""
MAX_PARTS = 16
"""Fields and files."""
MAX_FIELD_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form brought."""

    fields: Mapping[str, str]
    files: Sequence[bytes]
    names: Sequence[str] = ()
    """What the files are called where they come from."""


UPLOAD = web.RequestKey("upload", Upload)


class UploadRoom:
    """The memory for all uploads that are under way together."""

    def __init__(self, max_bytes: int = MAX_BYTES_UNDER_WAY) -> None:
        self._left_bytes = max_bytes

    @contextmanager
    def share(self) -> Iterator["UploadShare"]:
        """For one request, until it is answered."""
        share = UploadShare(self)
        try:
            yield share
        finally:
            self._left_bytes += share.taken_bytes

    def take(self, more_bytes: int) -> None:
        if more_bytes > self._left_bytes:
            raise web.HTTPServiceUnavailable(
                text=_("Other files are on their way just now. Please try again in a minute.")
            )
        self._left_bytes -= more_bytes


class UploadShare:
    """What one request has of it."""

    def __init__(self, room: UploadRoom) -> None:
        self._room = room
        self.taken_bytes = 0

    def take(self, more_bytes: int) -> None:
        """Raises HTTPServiceUnavailable where there is no room for more."""
        self._room.take(more_bytes)
        self.taken_bytes += more_bytes


UPLOAD_ROOM = web.AppKey("upload_room", UploadRoom)


async def read_upload(request: web.Request, room: UploadShare) -> Upload:
    """What the form of `request` brings, held in `room`. Raises an HTTP error for what is too much."""
    fields: dict[str, str] = {}
    files: list[bytes] = []
    names: list[str] = []
    with in_one_piece():
        async for name, part in parts_of(request):
            if not part.filename:
                fields[name] = await field_of(part)
                continue
            if len(files) == MAX_RECORDINGS:
                raise _too_much(_("at most %(most)s files", most=MAX_RECORDINGS))
            names.append(part.filename)
            files.append(await _file_of(part, room))
    return Upload(fields, files, names)


@contextmanager
def in_one_piece() -> Iterator[None]:
    """Around reading a form: says where it came otherwise."""
    try:
        yield
    except ValueError as error:
        raise web.HTTPBadRequest(
            text=_("The form did not arrive in one piece. Please try again.")
        ) from error


async def parts_of(request: web.Request) -> AsyncIterator[tuple[str, BodyPartReader]]:
    """Each field and file of the form, by its name. Raises HTTPBadRequest for what is no form of ours."""
    number = 0
    async for part in await request.multipart():
        number += 1
        if not isinstance(part, BodyPartReader) or not part.name or number > MAX_PARTS:
            raise _no_form()
        yield part.name, part


async def field_of(part: BodyPartReader) -> str:
    """What stands in a field. Raises HTTPBadRequest where no field of ours is so long."""
    body = bytearray()
    while chunk := await part.read_chunk(MAX_FIELD_BYTES):
        body += chunk
        if len(body) > MAX_FIELD_BYTES:
            raise _no_form()
    return body.decode()


def _no_form() -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=_("That is not a form of these pages."))


async def _file_of(part: BodyPartReader, room: UploadShare) -> bytes:
    body = bytearray()
    while chunk := await part.read_chunk():
        room.take(len(chunk))
        body += chunk
        if len(body) > MAX_RECORDING_BYTES:
            raise _too_much(
                _(
                    "files of at most %(megabytes)s MB each",
                    megabytes=MAX_RECORDING_BYTES // 1_000_000,
                )
            )
    return bytes(body)


def _too_much(what: str) -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(
        MAX_RECORDING_BYTES, text=_("That is too much: please choose %(what)s.", what=what)
    )
