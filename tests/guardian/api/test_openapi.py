"""The OpenAPI document is one, and says of each call what the code does."""

from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from guardian_web.api.app import add_api
from guardian_web.api.openapi import PREFIX, ROUTES, document
from hub.domain.api import Scope
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site


def test_it_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


async def test_anybody_may_read_it(program: NewProgram) -> None:
    stranger = await program(token="")
    assert await stranger.get("/openapi.json") == document()


async def test_it_has_every_address_that_is_served_and_no_other(site: Site) -> None:
    app = web.Application()
    add_api(app, site.home, site.clock)
    served = {
        (route.method, route.resource.canonical.removeprefix(PREFIX))
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    told = {
        (method.upper(), path)
        for path, operations in document()["paths"].items()
        for method in operations
    }
    assert told == served


def test_it_names_the_scopes_that_the_code_asks_for() -> None:
    for route in ROUTES:
        operation = document()["paths"][route.path][route.method.lower()]
        by_token = {"token": [scope.value for scope in route.scopes]}
        owner: dict[str, list[str]] = {"owner": []}
        alone = Scope.OWNER in route.scopes
        assert operation["security"] == ([owner] if alone else [by_token, owner])


def test_what_is_asked_may_hold_nothing_unknown() -> None:
    asks = [name for name in document()["components"]["schemas"] if name.endswith("Ask")]
    assert len(asks) == len({route.ask for route in ROUTES if route.ask})
    for name in asks:
        assert document()["components"]["schemas"][name]["additionalProperties"] is False
