"""Scripts and styles: fetched once, small, and anew only when they change."""

import gzip
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page

from guardian_web.pages import FOLDERS_OF_TEMPLATES
from guardian_web.static_files import HERE, static_files
from tests.guardian.browser import Hub, is_live, set_up
from tests.guardian.conftest import Browser, Site

FETCHED = """() => performance.getEntriesByType("resource")
  .filter((entry) => entry.name.includes("/static/"))
  .map((entry) => [new URL(entry.name).pathname, entry.transferSize])"""


async def test_a_second_page_fetches_no_file_again(page: Page, hub: Hub) -> None:
    async with hub.running():
        await set_up(page, hub)
        had = {name for name, _ in await page.evaluate(FETCHED)}
        for path in ("alerts", "toys", "household"):
            await page.goto(hub.url + path)
            await is_live(page)
            taken = dict(await page.evaluate(FETCHED))
            assert {f"{static_files().folder}/{name}" for name in ("style.css", "page.js")} <= {
                *taken
            }
            assert [name for name, size in taken.items() if size and name in had] == []
            had |= {*taken}


async def test_a_file_is_kept_for_a_year_by_its_hash_and_comes_compressed(site: Site) -> None:
    session = await site.stack.enter_async_context(ClientSession(auto_decompress=False))
    browser = Browser(session, site.origin)
    address = f"{static_files().folder}/style.css"
    answer = await browser.get(address, **{"Accept-Encoding": "gzip, br"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    whole = next(HERE.glob("**/style.css")).read_bytes()
    packed = await answer.read()
    assert gzip.decompress(packed) == whole
    assert len(packed) < len(whole) / 3
    plain = await browser.get(address, **{"Accept-Encoding": "identity"})
    assert await plain.read() == whole


async def test_another_hash_or_none_is_never_kept(site: Site) -> None:
    browser = await site.browser()
    assert (await browser.get("/static/0000000000000000/style.css")).status == 404
    for address in ("/static/style.css", "/sw.js"):
        assert (await browser.get(address)).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in FOLDERS_OF_TEMPLATES
        for path in sorted(folder.glob("*.html"))
        if path.name != "offline.html"  # whose files the worker keeps, by addresses that stay
    ],
    ids=lambda path: path.name,
)
def test_every_page_asks_for_files_by_their_hash(path: Path) -> None:
    assert '"/static/' not in path.read_text(), 'write "{{ static }}/name" instead'
