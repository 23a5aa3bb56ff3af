"""The Chromium that the tests and the pictures look through: Debian's, told to call nobody."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Playwright, expect

from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from guardian_web.sse import OPEN_STREAMS
from hub.domain.clock import SystemClock
from tests.guardian.household import Household, at_home
from tests.guardian.pages_of import pages_of
from tests.programs import missing

PASSWORD = "blue horse battery"
PATIENCE_MS = 60_000
"""For what a page comes to show on a busy machine."""

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def chromium(
    playwright: Playwright, more: Sequence[str] = (), fonts: Path | None = None
) -> AsyncIterator[Browser]:
    """$CHROMIUM or the one that is installed, or else no test.

    `more` are arguments of its command line, `fonts` is a file of Fontconfig's in place of the machine's.
    """
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        missing("no Chromium here: install it with `sudo apt install chromium`")
    expect.set_options(timeout=PATIENCE_MS)
    browser = await playwright.chromium.launch(
        executable_path=program,
        args=[*ARGUMENTS, *more],
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)} if fonts else None,
    )
    try:
        yield browser
    finally:
        await browser.close()


@dataclass
class Hub:
    """A hub that can be stopped and started again on the same port and data."""

    folder: Path
    port: int
    clock: SystemClock = field(default_factory=SystemClock)
    code: SetupCode = field(default_factory=lambda: SetupCode(lambda _: None))
    streams: set[asyncio.Task[Any]] = field(default_factory=set)
    """The open ones."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Household]:
        async with at_home(self.folder, self.clock) as home:
            app = pages_of(home, self.clock, self.code)
            self.streams = app[OPEN_STREAMS]
            async with serving(app, "127.0.0.1", self.port):
                yield home


async def set_up(page: Page, hub: Hub) -> None:
    await choose_password(page, hub.url, hub.code)


async def choose_password(page: Page, url: str, code: SetupCode) -> None:
    """By what the form of the first page sends; for the form itself see `fill_in_set_up`."""
    form = await (await page.request.get(f"{url}setup")).text()
    token = re.search(r'name="csrf" value="(\w+)"', form)
    assert token, form
    answer = await page.request.post(
        f"{url}setup",
        form={"csrf": token[1], "code": code.text, "password": PASSWORD, "repeated": PASSWORD},
        headers={"Origin": "{0.scheme}://{0.netloc}".format(urlsplit(url))},
        max_redirects=0,
    )
    assert answer.status == HTTPStatus.SEE_OTHER, await answer.text()
    await page.goto(url)
    await is_live(page)


async def fill_in_set_up(page: Page, url: str, code: SetupCode) -> None:
    """As a parent does it."""
    await page.goto(url)
    await page.get_by_label("One-time code").fill(code.text)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_role("heading", name="Setting up")).to_be_visible()
    await page.goto(url)
    await is_live(page)


async def is_live(page: Page) -> None:
    await expect(page.locator("#line")).to_have_text("Live")


async def reads_well(page: Page) -> None:
    """One main landmark, one first heading, no step left out, a name for all that can be used."""
    await page.wait_for_load_state()
    faults = await page.evaluate(
        """() => {
          const faults = [];
          const all = (selector) => [...document.querySelectorAll(selector)];
          if (all("main").length !== 1) faults.push("main landmarks");
          if (all("h1").length !== 1) faults.push("first headings");
          if (!document.documentElement.lang) faults.push("no language");
          if (!document.title) faults.push("no title");
          let level = 0;
          for (const heading of all("h1, h2, h3, h4")) {
            const next = Number(heading.tagName[1]);
            if (next > level + 1) faults.push(`${heading.textContent}: leaves out a level`);
            level = next;
          }
          for (const field of all("input:not([type=hidden]):not([hidden]), select, textarea")) {
            if (!field.labels.length) faults.push(`${field.name}: no label`);
          }
          for (const element of all("button, a, summary")) {
            if (!(element.ariaLabel || element.textContent.trim())) faults.push("a nameless control");
          }
          for (const image of all("img")) if (!image.hasAttribute("alt")) faults.push("no alt");
          const ids = all("[id]").map((element) => element.id);
          if (new Set(ids).size !== ids.length) faults.push("an id twice");
          for (const name of ["aria-labelledby", "aria-describedby"]) {
            for (const reference of all(`[${name}]`)) {
              for (const id of reference.getAttribute(name).split(/\\s+/)) {
                if (!document.getElementById(id)) faults.push(`${id}: nothing has this id`);
              }
            }
          }
          if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the screen");
          return faults;
        }"""
    )
    assert faults == [], faults
