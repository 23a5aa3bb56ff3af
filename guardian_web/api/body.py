"""The JSON that comes with a call, within bounds."""

import json
from typing import Final, TypeVar

from aiohttp import web
from pydantic import ValidationError

from guardian_web.api.errors import ApiError, Code
from guardian_web.api.models import Request
from guardian_web.keys import CLOCK

BODY_BYTES: Final = 16 * 1024
BODY_WAIT_S: Final = 10.0

Asked = TypeVar("Asked", bound=Request)


async def read(request: web.Request, model: type[Asked]) -> Asked:
    """What was asked, as a `model`; no body is an empty object. Raises ApiError."""
    content = await _content(request)
    if content and request.content_type != "application/json":
        raise ApiError(Code.MEDIA_TYPE, "the body must be application/json")
    try:
        asked = json.loads(content) if content else {}
    except (ValueError, RecursionError) as error:
        raise ApiError(Code.INVALID, "the body is no JSON: send an object in UTF-8") from error
    if not isinstance(asked, dict):
        raise ApiError(Code.INVALID, "the body must be a JSON object")
    try:
        return model.model_validate(asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:100] or "the body"
        raise ApiError(Code.INVALID, f"{where}: {first['msg']}") from error


async def _content(request: web.Request) -> bytes:
    content = bytearray()
    try:
        async with request.config_dict[CLOCK].timeout(BODY_WAIT_S):
            async for piece in request.content.iter_any():
                content += piece
                if len(content) > BODY_BYTES:
                    raise ApiError(Code.TOO_LARGE, f"the body has more than {BODY_BYTES} bytes")
    except TimeoutError as error:
        raise ApiError(
            Code.TIMEOUT, f"the body did not come within {BODY_WAIT_S:g} s", {"Connection": "close"}
        ) from error
    return bytes(content)


def number(request: web.Request, name: str, least: int, most: int) -> int | None:
    """A whole number from the query; None where it isn't there. Raises ApiError."""
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
        raise ApiError(Code.INVALID, f"{name}: must be a whole number from {least} to {most}")
    return int(text)
