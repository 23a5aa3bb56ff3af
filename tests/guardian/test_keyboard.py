"""By keyboard alone: on every page Tab comes to whatever can be used, in the page's order, and shows where it is."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.guardian.every_page import every_sight, example_page

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
async def test_tab_comes_to_everything_in_order_and_shows_where_it_is(tmp_path: Path) -> None:
    found: list[str] = []
    async with example_page(tmp_path) as (page, site):
        async for name in every_sight(page, site):
            found += [f"{name}: {fault}" for fault in await faults(page)]
    assert found == [], "\n".join(found)


async def test_a_page_that_is_hard_to_use_by_keyboard_is_noticed(tmp_path: Path) -> None:
    async with example_page(tmp_path) as (page, site):
        await page.goto(site.url)
        assert await faults(page) == []
        await page.evaluate("document.querySelector('main button').tabIndex = -1")
        await page.evaluate("document.querySelector('#password').style.outline = 'none'")
        await page.evaluate("document.querySelector('.skip').style.zIndex = -1")
        below, unseen, missed = await faults(page)
        assert "is below" in below
        assert unseen.endswith("shows no focus")
        assert missed == "reaches [0, 1, 2, 3, 4, 6] of 7"


async def faults(page: Page) -> list[str]:
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
