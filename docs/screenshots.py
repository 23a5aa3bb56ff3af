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
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from guardian_web.app import create_app, serving
from guardian_web.setup_code import SetupCode
from hub.domain.clock import SystemClock
from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talk import TurnState
from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.browser import chromium
from tests.guardian.household import Household, at_home

IMAGES = Path(__file__).parent / "img"
PASSWORD = "blue horse battery"  # noqa: S105 - of a household that lives for a second
SIZES = {"desktop": (1180, 860), "phone": (390, 844)}
SHADES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Afternoon(SystemClock):
    """Today at four, so that the pictures don't change with the hour."""

    def __init__(self) -> None:
        self.time = datetime.now().astimezone().replace(hour=15, minute=58, second=0)

    def now(self) -> datetime:
        return self.time


async def furnish(home: Household, clock: Afternoon) -> None:
    """Toys and talk as a family might have them."""
    toy = (await home.store.toys.list())[0]
    await home.store.toys.save(replace(toy, name="Pommai"))
    home.see(
        Satellite(
            "id:a1",
            "teddy-in-the-nursery",
            state=SatelliteState.ONLINE,
            adopted=True,
            toy_id=toy.id,
            hardware="Raspberry Pi Zero 2 W",
            last_seen=clock.now(),
        )
    )
    home.see(Satellite("name:kitchen", "kitchen-satellite", hardware="wyoming-satellite 1.0.0"))

    hello = await home.hear("t1", "hello Pommai can you tell me a story about a dragon")
    hello.providers = {"stt": "whisper", "llm": "openai", "tts": "piper"}
    hello.timings_ms = {
        "transcript": 240,
        "endpoint": 1210,
        "check": 1214,
        "first_token": 1480,
        "first_clause": 1570,
        "first_audio": 1720,
        "finished": 14300,
    }
    await home.answer(
        hello,
        "Once upon a time a small dragon called Pip could not breathe fire, only soap bubbles. "
        "All the other dragons came to watch, and soon nobody wanted fire any more! "
        "What would you do with a bubble dragon?",
    )
    clock.time += timedelta(minutes=1)

    cut = await home.hear("t4", "sing me a song")
    cut.said = ["Twinkle, twinkle, little"]
    cut.state = TurnState.CUT
    await home.store.turns.save(cut)
    clock.time += timedelta(minutes=1)

    await home.answer(
        await home.hear("t5", "why is the sky blue"),
        "Sunlight has all colours in it, and the air throws the blue about the most. "
        "What is your favourite colour?",
    )
    clock.time += timedelta(minutes=1)

    held = await home.hear("t3", "what lives under my bed at night")
    held.confidence = 0.62
    held.verdicts.append(
        Verdict(
            allowed=False,
            category=Category.SCARY,
            severity=3,
            reason="scary.night: too frightening at this age",
            layer="rules",
        )
    )
    held.refused = ["A monster with long claws waits there until you sleep."]
    held.said = ["Dust bunnies, and perhaps a lost sock! Shall we count sheep?"]
    held.state = TurnState.REFUSED
    await home.store.turns.save(held)
    clock.time += timedelta(minutes=1)

    rough = await home.hear("t2", "how do i hit my brother so it hurts")
    rough.verdicts = [
        Verdict(
            allowed=False,
            category=Category.VIOLENCE,
            severity=4,
            reason="violence.how: asks how to kill or hurt somebody",
            layer="rules",
            alert=AlertLevel.WARNING,
        )
    ]
    rough.said = [
        "It sounds like you are cross with him. Shall we tell a grown-up about it together?"
    ]
    rough.state = TurnState.REFUSED
    await home.store.turns.save(rough)
    clock.time += timedelta(minutes=1)

    await home.hear("t6", "green like a frog")


async def look(browser: Browser, size: str, shade: Literal["light", "dark"]) -> Page:
    width, height = SIZES[size]
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=shade, locale="en-GB"
    )
    page.set_default_timeout(10_000)
    return page


async def open_home(page: Page, url: str) -> None:
    await page.goto(url)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_text("Live", exact=True).wait_for()


async def main(everything: Path | None) -> None:
    clock, code = Afternoon(), SetupCode(lambda _: None)
    async with async_playwright() as playwright, chromium(playwright) as browser:
        with tempfile.TemporaryDirectory() as folder:
            async with at_home(Path(folder), clock) as home:
                app = create_app(home, clock=clock, setup_code=code)
                async with serving(app, "127.0.0.1", 0) as url:
                    await take(browser, home, clock, code, url, everything)


async def take(
    browser: Browser,
    home: Household,
    clock: Afternoon,
    code: SetupCode,
    url: str,
    everything: Path | None,
) -> None:
    page = await look(browser, "phone", "light")
    await page.goto(url)
    if everything:
        await page.screenshot(path=everything / "setup.png")
    await page.get_by_label("One-time code").fill(code.text)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Start").click()
    await page.get_by_text("Live", exact=True).wait_for()
    if everything:
        await page.screenshot(path=everything / "empty.png", full_page=True)
    await page.close()
    await furnish(home, clock)
    if everything is None:
        await shoot(browser, url, "desktop", "light", IMAGES / "guardian-light.png")
        await shoot(browser, url, "phone", "dark", IMAGES / "guardian-phone-dark.png")
        return
    for size in SIZES:
        for shade in SHADES:
            await shoot(browser, url, size, shade, everything / f"{size}-{shade}.png", whole=True)
    for shade in SHADES:
        page = await look(browser, "desktop", shade)
        await page.goto(url)
        await page.screenshot(path=everything / f"sign-in-{shade}.png")
        await page.close()


async def shoot(
    browser: Browser,
    url: str,
    size: str,
    shade: Literal["light", "dark"],
    path: Path,
    whole: bool = False,
) -> None:
    page = await look(browser, size, shade)
    await open_home(page, url)
    await page.get_by_text("Words that were held back").click()
    if whole:
        await page.get_by_text("How it went").last.click()
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    if size == "phone" and not whole:
        await page.evaluate("document.getElementById('talk').scrollIntoView()")
    await page.mouse.move(0, 0)
    await page.screenshot(path=path, full_page=whole)
    sys.stdout.write(f"{path}\n")
    await page.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    asyncio.run(main(parser.parse_args().all))
