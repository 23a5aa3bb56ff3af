"""What every call of the API is made of: its place in the table of routes, the JSON that comes with it, its answer."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, TypeVar

from aiohttp import web
from pydantic import ValidationError

from guardian_web.api import models
from guardian_web.api.errors import ApiError, Code
from guardian_web.gate import Handler
from guardian_web.keys import CLOCK
from hub.domain.api import Scope


class Stream(StrEnum):
    """An answer that goes on, by its media type."""

    EVENTS = "text/event-stream"
    """Server-sent events."""
    LINES = "application/jsonl"
    """One JSON object a line."""
    ARCHIVE = "application/zip"
    """A file."""


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is after `/api/v1`. Every call may also be answered with one of EVERY."""

    method: str
    path: str
    handler: Handler
    summary: str
    answer: type[models.Answer] | Stream
    scopes: tuple[Scope, ...] = ()
    """Each of them; none: any caller with a token will do."""
    ask: type[models.Request] | None = None
    """The body."""
    query: Sequence[tuple[str, int, int, str]] = ()
    """Whole numbers: name, least, most, what for."""
    status: HTTPStatus = HTTPStatus.OK
    codes: tuple[Code, ...] = ()
    """What else it may be answered with."""
    cut_short: bool = False
    """It ends where its asker goes, as all do that only ask; else what was begun is done."""


EVERY = (Code.UNAUTHORIZED, Code.SCOPE, Code.SLOW_DOWN, Code.IMPAIRED)
WITH_BODY = (Code.TOO_LARGE, Code.MEDIA_TYPE, Code.INVALID, Code.TIMEOUT)

MAX_BODY_BYTES: Final = 16 * 1024
MAX_BODY_WAIT_S: Final = 10.0

Asked = TypeVar("Asked", bound=models.Request)
Call = TypeVar("Call", bound=Callable[..., Awaitable[models.Answer | web.StreamResponse]])


class RouteTable(list[Route]):
    """The calls of one module: each is a function that says by its docstring and its annotations what it is."""

    def call(
        self,
        method: str,
        path: str,
        *scopes: Scope,
        codes: tuple[Code, ...] = (),
        query: Sequence[tuple[str, int, int, str]] = (),
        stream: Stream | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        cut_short: bool = False,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> Callable[[Call], Call]:
        """Add the decorated function, see `Route`.

        Its docstring is the summary. The type of its parameter `asked`, if it has one, is what is read from the
        body; the type that it returns is the answer, unless it writes a `stream`.
        """

        def add(function: Call) -> Call:
            types = inspect.get_annotations(function, eval_str=True)
            answer = stream or types.pop("return")
            ask: type[models.Request] | None = types.get("asked")
            summary = " ".join((function.__doc__ or "").split()).removesuffix(".")
            self.append(
                Route(
                    method,
                    path,
                    _handler(function, ask, status, max_body_bytes),
                    summary,
                    answer,
                    scopes,
                    ask,
                    query,
                    status,
                    codes,
                    cut_short,
                )
            )
            return function

        return add


def _handler(
    function: Callable[..., Awaitable[models.Answer | web.StreamResponse]],
    ask: type[models.Request] | None,
    status: HTTPStatus,
    max_body_bytes: int,
) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        asked = [await read(request, ask, max_body_bytes)] if ask else []
        answer = await function(request, *asked)
        if isinstance(answer, web.StreamResponse):
            return answer
        text = answer.model_dump_json()
        return web.Response(text=text, content_type="application/json", status=status)

    return handler


async def read(request: web.Request, model: type[Asked], max_bytes: int = MAX_BODY_BYTES) -> Asked:
    """What was asked, as a `model`; no body is an empty object. Raises ApiError."""
    content = await _content(request, max_bytes)
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


async def _content(request: web.Request, max_bytes: int) -> bytes:
    content = bytearray()
    try:
        async with request.config_dict[CLOCK].timeout(MAX_BODY_WAIT_S):
            async for piece in request.content.iter_any():
                content += piece
                if len(content) > max_bytes:
                    raise ApiError(Code.TOO_LARGE, f"the body has more than {max_bytes} bytes")
    except TimeoutError as error:
        raise ApiError(
            Code.TIMEOUT,
            f"the body did not come within {MAX_BODY_WAIT_S:g} s",
            {"Connection": "close"},
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


async def begin_lines(request: web.Request) -> web.StreamResponse:
    """For an answer that is one `line` after the other."""
    response = web.StreamResponse(headers={"Content-Type": Stream.LINES})
    await response.prepare(request)
    return response


def line(content: Mapping[str, object]) -> bytes:
    """One JSON object."""
    return json.dumps(content).encode() + b"\n"
