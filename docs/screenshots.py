"""Makes the pictures of the Guardian page: `.venv/bin/python -m docs.screenshots`, in the project's folder.

A household of the tests' own, with the real store and the real pages, photographed by Chromium
(Debian's `chromium` package, or the one that $CHROMIUM names). `--all FOLDER` takes every page in
every size and shade, to look at after a change.
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from docs.example_family import Afternoon, furnish, tell
from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from hub.domain.family.first_hour import SetupStep
from hub.safety.layers import Impairment
from tests.guardian.browser import PASSWORD, chromium
from tests.guardian.household import Household, at_home
from tests.guardian.pages_of import pages_of
from tests.guardian.trial import recording, trial

IMAGES = Path(__file__).parent / "img"
SIZES = {"desktop": (1180, 860), "phone": (390, 844)}
BROKEN = Impairment("classifier", datetime(2026, 5, 4, 15, tzinfo=UTC), "no answer in time")
SHADES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def look(browser: Browser, size: str, shade: Literal["light", "dark"]) -> Page:
    width, height = SIZES[size]
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=shade, locale="en-GB"
    )
    page.set_default_timeout(10_000)
    return page


async def sign_in(page: Page, url: str) -> None:
    await page.goto(url)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await is_live(page)


async def is_live(page: Page) -> None:
    await page.get_by_text("Live", exact=True).wait_for()


async def main(everything: Path | None) -> None:
    clock, code = Afternoon(), SetupCode(lambda _: None)
    async with async_playwright() as playwright, chromium(playwright) as browser:
        with tempfile.TemporaryDirectory() as folder:
            async with at_home(Path(folder), clock) as home:
                app = pages_of(home, clock, code)
                async with serving(app, "127.0.0.1", 0) as url:
                    await set_up(browser, code, url, everything)
                    await furnish(home, clock)
                    await tell(home, clock)
                    if everything:
                        await take_everything(browser, home, url, everything)
                    else:
                        await take(browser, url)
    if not everything:
        await take_trial()


async def set_up(browser: Browser, code: SetupCode, url: str, everything: Path | None) -> None:
    page = await look(browser, "phone", "light")
    await page.goto(url)
    if everything:
        await page.screenshot(path=everything / "setup.png")
    await page.get_by_label("One-time code").fill(code.text)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Start").click()
    await is_live(page)
    if everything:
        for name in ("", "alerts", "household"):
            await page.goto(url + name)
            await shoot(page, everything / f"empty-{name or 'home'}.png", whole=True)
    await page.close()


async def take(browser: Browser, url: str) -> None:
    """The pictures of the documentation."""
    page = await look(browser, "desktop", "light")
    await sign_in(page, url)
    await shoot(page, IMAGES / "guardian-light.png")
    await page.goto(url + "alerts")
    await shoot(page, IMAGES / "alerts-light.png")
    await page.close()
    page = await look(browser, "phone", "dark")
    await sign_in(page, url)
    await page.evaluate("document.getElementById('talk').scrollIntoView()")
    await shoot(page, IMAGES / "guardian-phone-dark.png", scrolled=True)
    await page.close()


async def take_trial() -> None:
    """A real talk with the embedded providers, from a recording and from the keyboard."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        microphone = recording(folder, 0.5, "spoken_cow.wav", 60.0)
        async with trial(folder, microphone, size=(900, 1140)) as it:
            await it.open()
            await it.page.get_by_label("Say it in writing").fill("How do I make a bomb?")
            await it.page.keyboard.press("Enter")
            await it.page.get_by_role("link", name="How it went").wait_for()
            await it.page.get_by_role("button", name="Hold to talk").hover()
            await it.page.mouse.down()
            await it.page.get_by_text("what sound does a cow make").wait_for()
            await it.page.mouse.up()
            await it.sounds()
            await shoot(it.page, IMAGES / "try-light.png")


async def take_everything(browser: Browser, home: Household, url: str, folder: Path) -> None:
    toy = (await home.store.toys.list())[0]
    [turn] = await home.store.turns.recent(1)
    pages = {
        "home": "",
        "alerts": "alerts",
        "all-alerts": "alerts?show=all",
        "talk": f"talks/{turn.conversation_id}",
        "toys": "toys",
        "children": "children",
        "child": "children/mia",
        "limits": "children/mia/limits",
        "toy": f"toys/{toy.id}",
        "ask-the-house": f"toys/{toy.id}/house",
        "household": "household",
        **{
            f"household-{page}": f"household/{page}"
            for page in ("settings", "adults", "safety", "programs", "costs")
        },
        "services": "services",
        "talks": "talks",
        "kept": "talks/kept",
        "privacy": "privacy",
        "erase": "privacy/erase",
        "start": "start",
        **{f"start-{step}": f"start/{step}" for step in SetupStep},
        "child-limits": "children/mia/limits",
        "insight": "insight",
        "people": "people",
        "people-log": "people/log",
        "check": f"toys/{toy.id}/check",
        "phone": "phone",
        "ratings": "ratings",
    }
    for size in SIZES:
        for shade in SHADES:
            page = await look(browser, size, shade)
            await page.goto(url)
            await page.screenshot(path=folder / f"sign-in-{size}-{shade}.png")
            await sign_in(page, url)
            for name, path in pages.items():
                await page.goto(url + path)
                await shoot(page, folder / f"{name}-{size}-{shade}.png", whole=True)
            await home.emergency_stop.call("by Anna, on these pages")
            home.pretend_health.guard_is = replace(home.pretend_health.guard_is, impaired=(BROKEN,))
            await page.goto(url)
            await shoot(page, folder / f"stopped-{size}-{shade}.png")
            await home.emergency_stop.lift()
            home.pretend_health.guard_is = replace(home.pretend_health.guard_is, impaired=())
            await page.close()


async def shoot(page: Page, path: Path, whole: bool = False, scrolled: bool = False) -> None:
    await is_live(page)
    await page.mouse.move(0, 0)
    if not scrolled:
        await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await page.screenshot(path=path, full_page=whole)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    asyncio.run(main(parser.parse_args().all))
