"""Whole pages in a language that marks each text: what stands on them unmarked is no message, or is shown untranslated.

It sees what `test_languages` can't: texts of the code behind a page. It can't see pages and states that it doesn't
open.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

from hub.alerts.maker import AlertMaker
from hub.alerts.outages import TOLD_AFTER_S, OutageNotices
from hub.domain.toys import ProviderKind
from hub.providers.pool import Outage
from tests import catalogues
from tests.guardian.conftest import Site, path_of_toy
from tests.guardian.template_texts import UNREAD, WATCHED

PAGES = (
    "/talks",
    "/talks/kept",
    "/alerts",
    "/toys",
    "/try",
    "/household",
    "/household/costs",
    "/people",
    "/people/log",
    "/services",
    "/privacy/erase",
    "/ratings",
    "/start",
    "/start/volume",
    "/start/limits",
    "/children",
)
OF_A_TOY = ("/limits", "/check", "/give-away")
NAMES = re.compile(
    "Pommai|Guardian|Teddy|llama3.2|smtp.example.com|anna@example.com|elevenlabs|the key is refused"
)
"""Of the household, and of things that have one name in each language."""


SKIPPED = {*UNREAD, "time"}
"""A browser shows a time in its own way."""


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SKIPPED:
            self._within.append(tag)
        self.text += "".join(f" {value} " for name, value in attrs if name in WATCHED)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.text += data


def unmarked(html: str) -> list[str]:
    texts = _Texts()
    texts.feed(html)
    texts.close()
    return catalogues.unmarked(texts.text, NAMES)


async def test_each_text_of_a_page_is_a_message(site: Site, tmp_path: Path) -> None:
    catalogues.write_marking_catalogue(tmp_path)
    site.home.catalogues.read(tmp_path)
    alerts = AlertMaker(site.home.store, site.clock)
    outage = Outage(ProviderKind.TTS, "elevenlabs", TOLD_AFTER_S, "the key is refused")
    await OutageNotices(lambda: [outage], alerts, site.clock).look()
    browser, toy = await site.guardian(), await path_of_toy(site)
    found = {}
    for page in (*PAGES, *(toy + of for of in OF_A_TOY)):
        answer = await browser.get(page, **{"Accept-Language": catalogues.LANGUAGE})
        assert answer.status == 200, page
        found[page] = unmarked(await answer.text())
    assert {page: lines for page, lines in found.items() if lines} == {}


def test_what_is_unmarked_is_found() -> None:
    assert unmarked('<p>⟦Saved⟧ at once</p><p title="Now">⟦By ⟦name⟧⟧</p>') == ["at once Now"]
