"""Somebody new, on a phone-sized screen, from the hub's first address to a toy that answers a child by itself.

The hub, the toy's own program and the browser are real; the child is a recording that the toy's microphone plays.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from hub.app import App, Ready
from hub.cli.demo import HELLO, KEEP_FROM_TOY
from hub.config import loading
from hub.domain.talks.talk import TurnState
from hub.safety.lines import Line
from tests.guardian.browser import PASSWORD, PATIENCE_MS, chromium
from tests.guardian.trial import EMBEDDED
from tests.safety.shipped import PHRASES

LOOPBACK = "127.0.0.1"
PATIENCE_S = 120
"""For what other processes bring about on a busy machine."""
SETTINGS = {
    "POMMAI_HUB__INTERFACES": LOOPBACK,
    "POMMAI_GUARDIAN__PORT": "0",
}
CODE = re.compile(r"pairing code ([0-9 ]+)\n")


@asynccontextmanager
async def toy_nearby(folder: Path) -> AsyncIterator[Path]:
    """A toy that is switched on, and says its code; gives the file with what it says."""
    log = folder / "toy.log"
    options = {
        "--host": LOOPBACK,
        "--port": "0",
        "--interface": LOOPBACK,
        "--name": "bear box",
        "--mic": f"wav:{HELLO}",
        "--speaker": f"wav:{folder / 'reply.wav'}",
        "--wake": "voice",
        "--state": str(folder / "toy"),
        "--log-level": "warning",
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "satellite", "run"),
            *(part for option in options.items() for part in option),
            env={key: os.environ[key] for key in KEEP_FROM_TOY if key in os.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield log
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def phone() -> AsyncIterator[Page]:
    async with async_playwright() as playwright, chromium(playwright) as browser:
        context = await browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        yield await context.new_page()


async def heading(page: Page, name: str) -> None:
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, f"{name} is wider than the screen"


async def set_up(page: Page, ready: Ready, toy_log: Path) -> None:
    """Every step as a parent does it."""
    await page.goto(ready.guardian_url)
    await page.get_by_label("One-time code").fill(ready.setup_code)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Start").click()
    await heading(page, "Setting up")
    await page.get_by_role("link", name="Begin").click()

    await page.get_by_label("Country").select_option(label="India")
    await page.get_by_role("button", name="Save and go on").click()
    await heading(page, "Your children")
    await page.get_by_label("First name").fill("Mia")
    await page.get_by_label("Born in").fill("2019")
    await page.get_by_role("button", name="Add and go on").click()
    await heading(page, "The first toy")
    await page.get_by_role("radio", name="Bramble").check()
    await page.get_by_role("button", name="Save and go on").click()
    await heading(page, "Try it")
    await page.get_by_role("button", name="Leave this for later").click()

    await heading(page, "A body for the toy")
    code = page.get_by_label("The six digits it says")
    await expect(code).to_be_visible(timeout=1000 * PATIENCE_S)
    await code.fill(CODE.findall(toy_log.read_text("utf-8", "replace"))[-1].strip())
    await page.get_by_role("button", name="Pair bear box").click()
    await heading(page, "How loud it is")
    await expect(page.get_by_label("Never louder than: 70 %")).to_be_visible()


async def test_a_toy_talks_to_a_child_within_the_first_minutes(tmp_path: Path) -> None:
    settings = loading.load(None, EMBEDDED | SETTINGS | {"POMMAI_DATA": str(tmp_path / "hub")})
    ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(App(settings, {}))
        serving = asyncio.create_task(app.serve(ready.set_result, lambda _: None))
        stack.callback(serving.cancel)
        toy_log = await stack.enter_async_context(toy_nearby(tmp_path))
        page = await stack.enter_async_context(phone())
        await set_up(page, await ready, toy_log)
        async with asyncio.timeout(PATIENCE_S):
            while not [t for t in await app.hub.turns.recent(9) if t.state is TurnState.DONE]:
                await asyncio.sleep(0.1)
        turn = next(t for t in await app.hub.turns.recent(9) if t.state is TurnState.DONE)
        bramble = await app.hub.toys.by_name("Bramble")
        assert turn.toy_id == bramble.id
        assert turn.heard
        assert turn.said[-1] in PHRASES.lines(Line.PARENTS_READ, "en", {})
        await page.goto((await ready).guardian_url)
        await expect(page.get_by_text(turn.said[0]).first).to_be_attached()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
