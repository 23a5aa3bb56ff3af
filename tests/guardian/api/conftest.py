"""Programs that use the API of a served household, and its owner, who needs no token."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession

from guardian_web.api.app import answering_owner
from guardian_web.app import serving
from hub.cli.client import Json, running_hub
from hub.domain.api import TOKEN_SCOPES, Scope
from hub.domain.clock import SystemClock
from tests.guardian.api.calling import Program, conforms, token_for
from tests.guardian.conftest import Site
from tests.guardian.household import Household
from tests.guardian.pages_of import pages_of
from tests.pipeline.scripted import House, ScriptedLlm, house

NewProgram = Callable[..., Awaitable[Program]]
Owner = Callable[..., Awaitable[Json]]
Talking = tuple[House, Program, ScriptedLlm]


@pytest.fixture
def program(site: Site) -> NewProgram:
    """Makes one with a token for these scopes, all of them if none are named."""

    async def new(*scopes: Scope, token: str | None = None) -> Program:
        session = await site.stack.enter_async_context(ClientSession())
        if token is None:
            token = await token_for(site.home, site.clock, scopes or TOKEN_SCOPES)
        return Program(session, site.origin, token)

    return new


@pytest.fixture
async def owner(site: Site, tmp_path: Path) -> AsyncIterator[Owner]:
    """Asks on the owner's socket: method, path, and what is sent; every answer is one that the document promises."""
    async with answering_owner(site.home, tmp_path, site.clock), running_hub(tmp_path) as hub:
        assert hub

        async def ask(method: str, path: str, *, status: int = 200, **body: object) -> Json:
            answer = await hub.call(method, path, **body)
            conforms(method, path, status, answer)
            return answer

        yield ask


@pytest.fixture
async def talking(tmp_path: Path) -> AsyncIterator[Talking]:
    """A household with a whole pipeline, and a program at its API."""
    llm, clock = ScriptedLlm("Bears like honey."), SystemClock()
    async with house(tmp_path, llms=[llm]) as home:
        served = Household(home.bus, home.store, clock, home.pipeline)
        app = pages_of(served, clock)
        token = await token_for(served, clock)
        async with serving(app, "127.0.0.1", 0) as url, ClientSession() as session:
            yield home, Program(session, url.rstrip("/"), token), llm
