"""The OpenAPI document of the API, made from its routes and models, so that it can't tell of another."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from guardian_web.api import (
    alerts,
    devices,
    events,
    household,
    models,
    privacy,
    ratings,
    toys,
    turns,
)
from guardian_web.api.call import EVERY, WITH_BODY, Route, Stream
from guardian_web.api.errors import Code
from guardian_web.api.family import (
    backups,
    children,
    first_hour,
    insight,
    knowledge,
    limits,
    memories,
    moving,
    people,
    services,
    settings,
)
from guardian_web.api.talks import calls as talks
from guardian_web.api.toys import persona, programs, voices
from guardian_web.api.toys import settings as toy_settings
from hub.domain.api import Scope
from hub.domain.version import VERSION

Json = dict[str, Any]

PREFIX = "/api/v1"
ROUTES: Sequence[Route] = (
    *household.ROUTES,
    *settings.ROUTES,
    *toys.ROUTES,
    *toy_settings.ROUTES,
    *persona.ROUTES,
    *programs.ROUTES,
    *voices.ROUTES,
    *children.ROUTES,
    *memories.ROUTES,
    *knowledge.ROUTES,
    *moving.ROUTES,
    *limits.ROUTES,
    *people.ROUTES,
    *devices.ROUTES,
    *turns.ROUTES,
    *talks.ROUTES,
    *alerts.ROUTES,
    *insight.ROUTES,
    *first_hour.ROUTES,
    *ratings.ROUTES,
    *backups.ROUTES,
    *services.ROUTES,
    *privacy.ROUTES,
    *events.ROUTES,
)
"""Every call: the router and this document are made of them."""
_REF = "#/components/schemas/{model}"


@lru_cache(maxsize=1)
def document() -> Json:
    """As OpenAPI 3.1 has it."""
    used: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (models.Error, "serialization"): None
    }
    for route in ROUTES:
        if not isinstance(route.answer, Stream):
            used[route.answer, "serialization"] = None
        if route.ask:
            used[route.ask, "validation"] = None
    _, schemas = models_json_schema([*used], ref_template=_REF)
    paths: Json = {
        "/openapi.json": {
            "get": {
                "summary": "This document",
                "operationId": "openapi",
                "security": [],
                "responses": {"200": {"description": "OK", "content": {"application/json": {}}}},
            }
        }
    }
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pommai",
            "version": VERSION,
            "description": "A family's hub of AI toys, for programs that a parent gave a token and "
            "for the hub's own command line.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made on the Household page; begins with `pommai_`.",
                },
                "owner": {
                    "type": "http",
                    "scheme": "unix-peer",
                    "description": "The user who runs the hub, on its Unix socket in the data folder, "
                    "as `pommai-hub` does. It needs no token, and no token is good for these calls.",
                },
            },
        },
    }


def _operation(route: Route) -> Json:
    name = f"{route.method.lower()}{route.path.replace('/', '_')}"
    operation: Json = {
        "summary": route.summary,
        "operationId": re.sub(r"[{}]", "", name),
        "security": [{"owner": []}]
        if Scope.OWNER in route.scopes
        else [{"token": [scope.value for scope in route.scopes]}, {"owner": []}],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.ask:
        operation["requestBody"] = {
            "required": any(field.is_required() for field in route.ask.model_fields.values()),
            "content": {"application/json": {"schema": _ref(route.ask)}},
        }
    return operation


def _parameters(route: Route) -> list[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    in_query = [
        {
            "name": name,
            "in": "query",
            "description": what_for,
            "schema": {"type": "integer", "minimum": least, "maximum": most},
        }
        for name, least, most, what_for in route.query
    ]
    return [*in_path, *in_query]


def _responses(route: Route) -> Json:
    content: Json
    if isinstance(route.answer, Stream):
        content = {route.answer.value: {"schema": {"type": "string"}}}
    else:
        content = {"application/json": {"schema": _ref(route.answer)}}
    responses: Json = {str(route.status): {"description": "OK", "content": content}}
    codes: dict[int, list[Code]] = {}
    for code in (*EVERY, *(WITH_BODY if route.ask else ()), *route.codes):
        codes.setdefault(code.status, []).append(code)
    for status, named in sorted(codes.items()):
        responses[str(status)] = {
            "description": ", ".join(dict.fromkeys(named)),
            "content": {"application/json": {"schema": _ref(models.Error)}},
        }
    return responses


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": _REF.format(model=model.__name__)}
