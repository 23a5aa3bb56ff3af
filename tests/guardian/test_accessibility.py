"""Every page in every state: axe-core finds nothing at a phone's size and a desk's, in light and dark, and by keyboard
alone Tab comes to whatever can be used, in the page's order, and shows where it is.
"""

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


@pytest.mark.timeout(1200)  # a busy machine takes minutes for so many pages
async def test_axe_finds_nothing_on_any_page_and_tab_comes_to_everything(tmp_path: Path) -> None:
    found: list[str] = []
    async with example_page(tmp_path) as (page, site):
        await page.add_init_script(AXE_SCRIPT)
        async for name in every_sight(page, site):
            found += [f"{name}, by keyboard: {fault}" for fault in await stops_at_fault(page)]
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


async def test_a_page_that_is_hard_to_use_by_keyboard_is_noticed(tmp_path: Path) -> None:
    async with example_page(tmp_path) as (page, site):
        await page.goto(site.url)
        assert await stops_at_fault(page) == []
        await page.evaluate("document.querySelector('main button').tabIndex = -1")
        await page.evaluate("document.querySelector('#password').style.outline = 'none'")
        await page.evaluate("document.querySelector('.skip').style.zIndex = -1")
        below, unseen, missed = await stops_at_fault(page)
        assert "is below" in below
        assert unseen.endswith("shows no focus")
        assert missed == "reaches [0, 1, 2, 3, 4, 6] of 7"


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
