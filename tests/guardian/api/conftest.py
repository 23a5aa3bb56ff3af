"""Programs that use the API of a served household."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientSession

from hub.domain.api import Scope
from tests.guardian.api.calling import Program, token_for
from tests.guardian.conftest import Site

NewProgram = Callable[..., Awaitable[Program]]


@pytest.fixture
def program(site: Site) -> NewProgram:
    """Makes one with a token for these scopes, all of them if none are named."""

    async def new(*scopes: Scope, token: str | None = None) -> Program:
        session = await site.stack.enter_async_context(ClientSession())
        if token is None:
            token = await token_for(site.home, site.clock, scopes or Scope)
        return Program(session, site.origin, token)

    return new
