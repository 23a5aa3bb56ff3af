"""A form that brings files along, read into memory and no further than its bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from hub.cloning import RECORDING_MOST_BYTES, RECORDINGS_MOST

TAKES_FILES = "takes_files"
"""The name of the one route that does."""
UPLOAD_WAIT_S = 120.0
FIELDS_MOST = 10
FIELD_MOST_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Upload:
    fields: Mapping[str, str]
    files: Sequence[bytes]


UPLOAD = web.RequestKey("upload", Upload)


async def read_upload(request: web.Request) -> Upload:
    fields: dict[str, str] = {}
    files: list[bytes] = []
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or not part.name:
                raise web.HTTPBadRequest(text="That is not a form of these pages.")
            if part.filename:
                if len(files) == RECORDINGS_MOST:
                    raise _too_much(f"at most {RECORDINGS_MOST} files")
                files.append(await _body(part, RECORDING_MOST_BYTES))
            else:
                if len(fields) == FIELDS_MOST:
                    raise web.HTTPBadRequest(text="That is not a form of these pages.")
                fields[part.name] = (await _body(part, FIELD_MOST_BYTES)).decode()
    except ValueError as error:
        raise web.HTTPBadRequest(text="The form is garbled. Please try again.") from error
    return Upload(fields, files)


async def _body(part: BodyPartReader, most_bytes: int) -> bytes:
    body = bytearray()
    while chunk := await part.read_chunk():
        body += chunk
        if len(body) > most_bytes:
            raise _too_much(f"files of at most {RECORDING_MOST_BYTES // 1_000_000} MB each")
    return bytes(body)


def _too_much(what: str) -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(
        RECORDING_MOST_BYTES, text=f"That is too much: please choose {what}."
    )
