"""A changed word shows in the comparison of pictures; all pages are compared in `test_every_page.py`."""

from dataclasses import replace
from pathlib import Path

from playwright.async_api import Page

from tests.guardian import pictures
from tests.guardian.browser import Hub


async def test_a_changed_word_is_noticed_and_the_same_page_is_not(
    page: Page, hub: Hub, tmp_path: Path
) -> None:
    out, approved = tmp_path / "out", tmp_path / "setup.webp"
    async with hub.running():
        await page.goto(hub.url)
        pictures.save(await pictures.take(page), approved)
        await page.reload()
        assert pictures.difference(approved, await pictures.take(page), out) == ""
        assert not out.exists()
        await page.evaluate("document.querySelector('main button').textContent = 'Stort'")
        assert "pixels differ" in pictures.difference(approved, await pictures.take(page), out)
        assert {file.name for file in out.iterdir()} == {"setup.new.png", "setup.difference.png"}
        new = pictures.difference(tmp_path / "other.webp", await pictures.take(page), out)
        assert new == "new"


async def test_pictures_of_another_chromium_or_font_are_not_compared(tmp_path: Path) -> None:
    here = pictures.MadeWith("156", "ab")
    assert "no pictures" in here.why_incomparable(tmp_path)
    here.keep(tmp_path)
    assert here.why_incomparable(tmp_path) == ""
    assert "Chromium 156's" in replace(here, chromium="157").why_incomparable(tmp_path)
    assert "font" in replace(here, font="").why_incomparable(tmp_path)
