"""Every page in every state, in one walk: it looks as it was approved; axe-core finds nothing at a phone's size and a
desk's, in light and dark; by keyboard alone Tab comes to whatever can be used, in the page's order, and shows where it
is; and what is tapped on a phone is as high as a thumb needs.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from guardian_web.routes import ROUTES
from tests.guardian import pictures
from tests.guardian.browser import Hub
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
OPEN = """document.activeElement?.blur();
for (const fold of document.querySelectorAll('details')) fold.open = true"""
RUN = "(rules) => axe.run({ ...rules, resultTypes: ['violations'] })"
USABLE = """() => {
  const used = "a[href], button, input:not([type=hidden]), select, textarea, summary, audio[controls]";
  const first = (radio) => {
    const group = [...radio.form.querySelectorAll(`[type=radio][name="${radio.name}"]`)];
    return radio === (group.find((one) => one.checked) ?? group[0]);
  };
  window.usable = () => [...document.querySelectorAll(used)].filter((one) =>
    !one.matches(":disabled") && one.checkVisibility({ visibilityProperty: true })
      && (one.type !== "radio" || first(one)));
}"""
"""Of a group of radio buttons Tab reaches one; the arrows go on from there."""
HERE = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const faults = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push("shows no focus");
  const [x, y] = [(box.left + box.right) / 2, Math.min((box.top + box.bottom) / 2, innerHeight - 1)];
  const above = document.elementFromPoint(x, y);
  if (!above) faults.push("is out of sight");
  else if (!one.contains(above) && !above.contains(one)) faults.push(`is below ${above.outerHTML.slice(0, 80)}`);
  return { number: usable().indexOf(one), of: usable().length, faults, html: one.outerHTML.slice(0, 120) };
}"""
"""The live parts of a page may be made anew meanwhile, so that elements are known by their place alone."""
MAX_STOPS = 400


LEAST_PX = 44
"""The level AAA of WCAG 2.2 (2.5.5), and what phones' makers advise."""
TOO_SMALL = """(least) => {
  const tapped = "button, summary, select, textarea, .pages a, .tabs a, a.button, a.settings, a.whole, " +
    ".talk-lines a, input:not([type=hidden], [type=checkbox], [type=radio])";
  return [...document.querySelectorAll(tapped)]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen"))
    .filter((one) => one.getBoundingClientRect().height < least - 0.5)
    .map((one) => `${one.id || one.textContent.trim()}: ${one.getBoundingClientRect().height}`);
}"""
AGAIN = "python -m tests.guardian.pictures --approve"

pytestmark = pytest.mark.timeout(1200)  # a busy machine takes minutes for so many pages


@dataclass
class Found:
    """On all pages."""

    changed: list[str] = field(default_factory=list)
    incomparable: str = ""
    """Why nothing was compared."""
    axe: list[str] = field(default_factory=list)
    keyboard: list[str] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    pictures: Path = Path()
    """Of what changed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("walk")
    found = Found(pictures=folder / "changed")
    comparison = pictures.Comparison(found.pictures)
    async with example_page(folder / "home", pictures.fonts(folder)) as (page, site):
        found.incomparable = pictures.MadeWith.here(page).why_incomparable(pictures.APPROVED)
        await page.add_init_script(AXE_SCRIPT)
        async for name in every_sight(page, site):
            if not found.incomparable:
                await comparison.look(page, name)
            found.keyboard += [f"{name}: {fault}" for fault in await stops_at_fault(page)]
            await page.evaluate(OPEN)
            found.low += [f"{name}: {low}" for low in await page.evaluate(TOO_SMALL, LEAST_PX)]
            found.axe += [f"{name}, {fault}" async for fault in _faults_at_every_size(page)]
    found.changed = [] if found.incomparable else comparison.changes()
    return found


def test_every_page_looks_as_approved(found: Found) -> None:
    if found.incomparable:
        pytest.skip(f"{found.incomparable}; `{AGAIN}` takes new ones")
    told = "\n".join(found.changed)
    assert not told, f"{told}\nNew pictures are in {found.pictures}; `{AGAIN}` approves them."


def test_axe_finds_nothing_on_any_page(found: Found) -> None:
    assert found.axe == [], "\n".join(found.axe)


def test_tab_comes_to_everything_on_every_page(found: Found) -> None:
    assert found.keyboard == [], "\n".join(found.keyboard)


def test_what_is_tapped_is_high_enough_on_every_page(found: Found) -> None:
    assert found.low == [], "\n".join(found.low)


async def test_every_page_that_there_is_is_looked_at(tmp_path: Path) -> None:
    routes = {r.path for r in ROUTES if isinstance(r, web.RouteDef) and r.method == "GET"}
    async with furnished(tmp_path) as site:
        assert {*await addresses(site), *NO_PAGES, *BEFORE_SIGN_IN} == routes


async def test_axe_sees_what_is_wrong(page: Page, hub: Hub) -> None:
    await page.add_init_script(AXE_SCRIPT)
    async with hub.running():
        await page.goto(hub.url)
        await page.evaluate("document.querySelector('main button').textContent = ''")
        await page.emulate_media(color_scheme="dark")
        await page.evaluate("document.querySelector('h1').style.color = '#555'")
        [nameless, *_] = await faults(page, SHADES[0][1])
        assert nameless.startswith("button-name: ")
        [pale] = await faults(page, SHADES[1][1])
        assert pale.startswith("color-contrast: <h1")


async def test_a_page_that_is_hard_to_use_by_keyboard_is_noticed(page: Page, hub: Hub) -> None:
    async with hub.running():
        await page.goto(hub.url)
        assert await stops_at_fault(page) == []
        await page.evaluate("document.querySelector('main button').tabIndex = -1")
        await page.evaluate("document.querySelector('#password').style.outline = 'none'")
        await page.evaluate("document.querySelector('.skip').style.zIndex = -1")
        below, unseen, missed = await stops_at_fault(page)
        assert "is below" in below
        assert unseen.endswith("shows no focus")
        assert missed == "reaches [0, 1, 2, 3, 4, 6] of 7"


async def _faults_at_every_size(page: Page) -> AsyncIterator[str]:
    for size in (PHONE, DESK):
        await page.set_viewport_size(size)
        for shade, rules in SHADES:
            await page.emulate_media(color_scheme=shade)
            for fault in await faults(page, rules):
                yield f"{size['width']} px, {shade}: {fault}"
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(PHONE)


async def faults(page: Page, rules: dict[str, Any]) -> list[str]:
    results = await page.evaluate(RUN, rules)
    return [
        " ".join(f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}".split())
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


async def stops_at_fault(page: Page) -> list[str]:
    """Of one round with Tab, from wherever the page sets the focus at first."""
    await page.evaluate(USABLE)
    found: list[str] = []
    order: list[int] = []
    for _ in range(MAX_STOPS):
        await page.keyboard.press("Tab")
        here: dict[str, Any] = await page.evaluate(HERE)
        if here["number"] in order[:-1] or here["of"] == len(order) == 1:
            break
        if (
            here["number"] >= 0 and here["number"] not in order
        ):  # a field of a time has several parts
            order.append(here["number"])
            found += [f"{here['html']} {fault}" for fault in here["faults"]]
    else:
        return [*found, f"never leaves {here['html']}"]
    first = order.index(min(order))
    if (in_order := order[first:] + order[:first]) != list(range(here["of"])):
        found.append(f"reaches {in_order} of {here['of']}")
    return found
