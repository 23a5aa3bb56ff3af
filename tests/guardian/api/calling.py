"""A program with a token: every answer that it gets must be one that the OpenAPI document promises."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from guardian_web.api.openapi import PREFIX, document
from hub.domain.api import TOKEN_SCOPES, Scope
from hub.domain.clock import Clock
from tests.guardian.household import Household

EVERYTHING = TOKEN_SCOPES
MODELS = {"household": "HouseholdAnswer", "toys": "ToysAnswer", "alert": "AlertAnswer"}
"""Of each kind of event: the model of its data."""


@dataclass
class Program:
    session: ClientSession
    origin: str
    token: str

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def call(
        self, method: str, path: str, body: object = None, *, status: int = 200, **headers: str
    ) -> Any:
        """`body` as JSON, bytes as they are; gives the JSON of an answer that has that status."""
        if isinstance(body, bytes):
            sent: dict[str, Any] = {"data": body}
            headers.setdefault("Content-Type", "application/json")
        else:
            sent = {} if body is None else {"json": body}
        async with self.session.request(
            method, self.origin + PREFIX + path, headers=self.authorization | headers, **sent
        ) as response:
            text = await response.text()
            assert response.status == status, text
            self.retry_after = response.headers.get("Retry-After")
            answer = json.loads(text)
            conforms(method, path, status, answer)
            return answer

    async def get(self, path: str, *, status: int = 200) -> Any:
        return await self.call("GET", path, status=status)

    async def refused(self, method: str, path: str, body: object = None, *, status: int) -> str:
        """The error's code."""
        answer = await self.call(method, path, body, status=status)
        assert set(answer) == {"error"}
        assert "\n" not in answer["error"]["message"]
        return str(answer["error"]["code"])

    @asynccontextmanager
    async def listening(self, query: str = "", **headers: str) -> AsyncIterator["Events"]:
        async with self.session.get(
            f"{self.origin}{PREFIX}/events{query}", headers=self.authorization | headers
        ) as response:
            assert response.status == 200, await response.text()
            yield Events(response)


class Events:
    """Reads server-sent events, each checked against what the document calls a whole of its kind."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response
        self.last_id = ""

    async def next(self, *names: str) -> Any:
        """The data of the next event of one of these kinds, all others aside; None at the end."""
        fields: dict[str, str] = {}
        async for line in self._response.content:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name:
                fields[name] = value
                continue
            kind, data = fields["event"], fields.get("data", "")
            self.last_id = fields.get("id", self.last_id)
            fields = {}
            if kind in MODELS:
                fits({"$ref": f"#/components/schemas/{MODELS[kind]}"}, json.loads(data))
            if kind in names:
                return json.loads(data) if data else {}
        return None


def conforms(method: str, path: str, status: int, answer: object) -> None:
    """Fails where the document does not promise such an answer."""
    operation = _operation(method, path.partition("?")[0])
    if operation is None:
        assert status in {404, 405}
        content = {"schema": {"$ref": "#/components/schemas/Error"}}
    else:
        response = operation["responses"][str(status)]
        content = response["content"]["application/json"]
        if status >= 400:
            code = answer["error"]["code"] if isinstance(answer, dict) else ""
            assert code in response["description"].split(", ")
    fits(content.get("schema", {}), answer)


def fits(schema: dict[str, Any], answer: object) -> None:
    whole = schema | {"components": document()["components"]}
    OAS31Validator(whole, format_checker=oas31_format_checker).validate(answer)


def _operation(method: str, path: str) -> Any:
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and method.lower() in operations:
            return operations[method.lower()]
    return None


async def token_for(
    home: Household,
    clock: Clock,
    scopes: Iterable[Scope] = EVERYTHING,
    name: str = "Home Assistant",
) -> str:
    return await home.api_tokens.make(name, frozenset(scopes))
