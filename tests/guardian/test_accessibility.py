"""axe-core on every page and in every state, at a phone's size and a desk's, in light and dark."""

from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from guardian_web.routes import ROUTES
from tests.guardian.every_page import (
    BEFORE_SIGN_IN,
    DESK,
    NO_PAGES,
    PHONE,
    addresses,
    every_sight,
    example_page,
    furnished,
)

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHADES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
    ("light", {"runOnly": WCAG}),
    ("dark", {"runOnly": {"type": "rule", "values": ["color-contrast"]}}),
)
"""In the dark nothing else is different."""
OPEN = "for (const fold of document.querySelectorAll('details')) fold.open = true"
RUN = "(rules) => axe.run({ ...rules, resultTypes: ['violations'] })"


@pytest.mark.timeout(1200)  # a busy machine takes minutes for so many pages
async def test_axe_finds_nothing_on_any_page(tmp_path: Path) -> None:
    found: list[str] = []
    async with example_page(tmp_path) as (page, site):
        await page.add_init_script(AXE_SCRIPT)
        async for name in every_sight(page, site):
            await page.evaluate(OPEN)
            for size in (PHONE, DESK):
                await page.set_viewport_size(size)
                for shade, rules in SHADES:
                    await page.emulate_media(color_scheme=shade)
                    where = f"{name}, {size['width']} px, {shade}"
                    found += [f"{where}: {fault}" for fault in await faults(page, rules)]
            await page.emulate_media(color_scheme="light")
            await page.set_viewport_size(PHONE)
    assert found == [], "\n".join(found)


async def test_axe_sees_what_is_wrong(tmp_path: Path) -> None:
    async with example_page(tmp_path) as (page, site):
        await page.add_init_script(AXE_SCRIPT)
        await page.goto(site.url)
        await page.evaluate("document.querySelector('main button').textContent = ''")
        await page.emulate_media(color_scheme="dark")
        await page.evaluate("document.querySelector('h1').style.color = '#555'")
        [nameless, *_] = await faults(page, SHADES[0][1])
        assert nameless.startswith("button-name: ")
        [pale] = await faults(page, SHADES[1][1])
        assert pale.startswith("color-contrast: <h1")


async def test_every_page_that_there_is_is_looked_at(tmp_path: Path) -> None:
    routes = {r.path for r in ROUTES if isinstance(r, web.RouteDef) and r.method == "GET"}
    async with furnished(tmp_path) as site:
        assert {*await addresses(site), *NO_PAGES, *BEFORE_SIGN_IN} == routes


async def faults(page: Page, rules: dict[str, Any]) -> list[str]:
    results = await page.evaluate(RUN, rules)
    return [
        " ".join(f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}".split())
        for violation in results["violations"]
        for node in violation["nodes"]
    ]
