"""What the API answers when it can't do what it was asked: one shape, whatever went wrong."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Self

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
    """What went wrong, in a word, with the status of an answer that says it."""

    status: HTTPStatus

    def __new__(cls, word: str, status: HTTPStatus) -> Self:
        code = str.__new__(cls, word)
        code._value_, code.status = word, status
        return code

    UNAUTHORIZED = "unauthorized", HTTPStatus.UNAUTHORIZED
    SCOPE = "scope", HTTPStatus.FORBIDDEN
    NOT_FOUND = "not_found", HTTPStatus.NOT_FOUND
    METHOD = "method", HTTPStatus.METHOD_NOT_ALLOWED
    TIMEOUT = "timeout", HTTPStatus.REQUEST_TIMEOUT
    CONFLICT = "conflict", HTTPStatus.CONFLICT
    AWAY = "away", HTTPStatus.CONFLICT
    TOO_LARGE = "too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    MEDIA_TYPE = "media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    INVALID = "invalid", HTTPStatus.UNPROCESSABLE_ENTITY
    REFUSED = "refused", HTTPStatus.UNPROCESSABLE_ENTITY
    SLOW_DOWN = "slow_down", HTTPStatus.TOO_MANY_REQUESTS
    STOPPED = "stopped", HTTPStatus.SERVICE_UNAVAILABLE
    IMPAIRED = "impaired", HTTPStatus.SERVICE_UNAVAILABLE


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


def error_response(
    code: Code, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.json_response(fault(code, message), status=code.status, headers=headers)


def fault(code: Code, message: str) -> dict[str, dict[str, str]]:
    """The one shape of an error; its message is one line."""
    return {"error": {"code": code.value, "message": " ".join(message.split())}}
