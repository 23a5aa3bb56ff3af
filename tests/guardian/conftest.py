"""A served household with a clock turned by hand, and browsers for it as far as HTTP goes."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, CookieJar
from argon2 import PasswordHasher
from playwright.async_api import Browser as Chromium
from playwright.async_api import ConsoleMessage, Page, Response, ViewportSize, async_playwright

from guardian_web.app import serving
from guardian_web.keys import ApiEndpoint
from guardian_web.sign_in.accounts import SetupCode
from hub.core.people import passwords
from hub.domain.family.people import Role
from tests.clock import FakeClock
from tests.devices.processes import free_port
from tests.guardian.browser import PASSWORD, PATIENCE_MS, Hub, chromium
from tests.guardian.household import Household, at_home
from tests.guardian.pages_of import pages_of


@dataclass
class Browser:
    """Keeps cookies, brings along Origin and the form's token; follows no redirect."""

    session: ClientSession
    origin: str

    @classmethod
    async def new(cls, stack: AsyncExitStack, origin: str) -> Self:
        """One that has never been here."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        return cls(await stack.enter_async_context(session), origin)

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
        return await Browser.new(self.stack, self.origin)

    async def guardian(self) -> Browser:
        """One that is signed in."""
        browser = await self.browser()
        if not await self.home.people.everybody():
            answer = await browser.set_up(self.code.text)
        else:
            answer = await browser.sign_in()
        assert answer.status == 303, await answer.text()
        return browser

    async def guardian_with(self, role: Role) -> Browser:
        """One in which somebody with that role is signed in, who is there from the first time on."""
        name = f"The {role}"
        there = await self.home.people.named(name)
        if there is None:
            secret = await self.home.people.invite(name, role, "")
            await self.home.people.accept(secret, name, PASSWORD)
        browser = await self.browser()
        answer = await browser.send("/sign-in", "/sign-in", name=name, password=PASSWORD)
        assert answer.status == 303, await answer.text()
        return browser


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of passwords, in no time: by design it takes a sixth of a second, which is longer than most tests."""
    quick = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", quick)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    clock = FakeClock()
    announced: list[str] = []
    code = SetupCode(announced.append)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(at_home(tmp_path, clock))
        app = pages_of(home, clock, code, names=["toys.home"], api=ApiEndpoint(8771, "ab" * 32))
        url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        yield Site(home, clock, code, url.rstrip("/"), announced, stack)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path, free_port())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks through the one Chromium that is there for all of them runs in its loop."""
    for item in items:
        if isinstance(item, pytest.Function) and "shared_chromium" in item.fixturenames:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def shared_chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright, chromium(playwright) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page(shared_chromium: Chromium) -> AsyncIterator[Page]:
    """Of somebody who was never here; for a test with other asynchronous fixtures see `own_page`."""
    async with faultless_page(shared_chromium) as page:
        yield page


@asynccontextmanager
async def own_page() -> AsyncIterator[Page]:
    """In the loop of the test's other fixtures, through a Chromium of its own."""
    async with (
        async_playwright() as playwright,
        chromium(playwright) as browser,
        faultless_page(browser) as page,
    ):
        yield page


@asynccontextmanager
async def faultless_page(browser: Chromium) -> AsyncIterator[Page]:
    """It must not complain: no error, and nothing that its content policy stopped."""
    complaints: list[str] = []

    def hear(line: ConsoleMessage) -> None:
        # That a hub is down, or answers "not found", is said there too, and no fault of the page.
        if line.type in {"error", "warning"} and not line.text.startswith("Failed to load"):
            complaints.append(line.text)

    def look_at(response: Response) -> None:
        if "/static/" in response.url and response.status >= 400:
            complaints.append(f"{response.url}: {response.status}")

    size: ViewportSize = {"width": 360, "height": 740}
    async with await browser.new_context(viewport=size, locale="en-GB") as context:
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", hear)
        context.on("response", look_at)
        yield await context.new_page()
    assert complaints == []


async def path_of_toy(site: Site) -> str:
    return f"/toys/{(await site.home.toys.list())[0].id}"
