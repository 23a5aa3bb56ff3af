"""An answer of the API as a response."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.api.models import Answer


def answered(answer: Answer, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(
        text=answer.model_dump_json(), content_type="application/json", status=status
    )
