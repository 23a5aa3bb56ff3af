"""What the API answers when it can't do what it was asked: one shape, whatever went wrong."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from aiohttp import web

from hub.errors import (
    BusyError,
    LinkError,
    NotFoundError,
    PommaiError,
    RefusedError,
    StoppedError,
)


class Code(StrEnum):
    """What went wrong, in a word."""

    UNAUTHORIZED = "unauthorized"
    SCOPE = "scope"
    NOT_FOUND = "not_found"
    METHOD = "method"
    TIMEOUT = "timeout"
    CONFLICT = "conflict"
    AWAY = "away"
    TOO_LARGE = "too_large"
    MEDIA_TYPE = "media_type"
    INVALID = "invalid"
    REFUSED = "refused"
    SLOW_DOWN = "slow_down"
    STOPPED = "stopped"
    IMPAIRED = "impaired"

    @property
    def status(self) -> HTTPStatus:
        """Of an answer that says it."""
        return _STATUS[self]


_STATUS: Final = {
    Code.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    Code.SCOPE: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Code.CONFLICT: HTTPStatus.CONFLICT,
    Code.AWAY: HTTPStatus.CONFLICT,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.SLOW_DOWN: HTTPStatus.TOO_MANY_REQUESTS,
    Code.STOPPED: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.IMPAIRED: HTTPStatus.SERVICE_UNAVAILABLE,
}


class ApiError(PommaiError):
    """Answered as it is."""

    def __init__(self, code: Code, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers or {}


CODES: Final = (
    (StoppedError, Code.STOPPED),
    (NotFoundError, Code.NOT_FOUND),
    (LinkError, Code.AWAY),
    (BusyError, Code.CONFLICT),
    (RefusedError, Code.REFUSED),
)
"""By the kind of error, the narrower before the wider; any other is IMPAIRED."""


def code_of(error: PommaiError) -> Code:
    return next((code for kind, code in CODES if isinstance(error, kind)), Code.IMPAIRED)


def refuse(problems: Mapping[str, str]) -> None:
    """Raises ApiError for the first, if there is one: each field to one line."""
    for name, problem in problems.items():
        raise ApiError(Code.REFUSED, f"{name}: {problem}" if name else problem)


def error_response(
    code: Code, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response(fault(code, message), status=code.status, headers=headers)


def fault(code: Code, message: str) -> dict[str, dict[str, str]]:
    """The one shape of an error; its message is one line."""
    return {"error": {"code": code.value, "message": " ".join(message.split())}}
