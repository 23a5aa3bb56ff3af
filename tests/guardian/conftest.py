"""A served household with a clock turned by hand, and browsers for it as far as HTTP goes."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar

from guardian_web.app import create_app, serving
from guardian_web.setup_code import SetupCode
from tests.clock import FakeClock
from tests.guardian.household import Household, at_home

PASSWORD = "blue horse battery"


@dataclass
class Browser:
    """Keeps cookies, brings along Origin and the form's token; follows no redirect."""

    session: ClientSession
    origin: str

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.session.get(self.origin + path, headers=headers, allow_redirects=False)

    async def see(self, path: str) -> str:
        response = await self.get(path)
        assert response.status == 200, await response.text()
        return await response.text()

    async def post(self, path: str, origin: str | None = None, **fields: str) -> ClientResponse:
        return await self.session.post(
            self.origin + path,
            data=fields,
            headers={"Origin": origin or self.origin},
            allow_redirects=False,
        )

    async def send(self, page: str, path: str, **fields: str) -> ClientResponse:
        """Fill in a form that stands on `page`."""
        found = re.search(r'name="csrf" value="(\w+)"', await self.see(page))
        assert found, f"{page} has no form token"
        return await self.post(path, csrf=found[1], **fields)

    async def set_up(
        self, code: str, password: str = PASSWORD, repeated: str | None = None
    ) -> ClientResponse:
        return await self.send(
            "/setup", "/setup", code=code, password=password, repeated=repeated or password
        )

    async def sign_in(self, password: str = PASSWORD) -> ClientResponse:
        return await self.send("/sign-in", "/sign-in", password=password)


@dataclass
class Site:
    """The pages of one household."""

    home: Household
    clock: FakeClock
    code: SetupCode
    origin: str
    announced: list[str]
    stack: AsyncExitStack

    async def browser(self) -> Browser:
        """One that has never been here."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        return Browser(await self.stack.enter_async_context(session), self.origin)

    async def guardian(self) -> Browser:
        """One that is signed in."""
        browser = await self.browser()
        if await self.home.guardian.password_hash() is None:
            answer = await browser.set_up(self.code.text)
        else:
            answer = await browser.sign_in()
        assert answer.status == 303, await answer.text()
        return browser


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    clock = FakeClock()
    announced: list[str] = []
    code = SetupCode(announced.append)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(at_home(tmp_path, clock))
        app = create_app(home, clock=clock, setup_code=code, hosts=["toys.home"])
        url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        yield Site(home, clock, code, url.rstrip("/"), announced, stack)
