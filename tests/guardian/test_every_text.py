"""Whole pages in a language that marks each text: what stands on them unmarked is no message, or is shown untranslated.

It sees what `test_languages` can't: texts of the code behind a page. It can't see pages and states that it doesn't
open.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from docs.message_catalogue import catalogue
from guardian_web.app import serving
from tests.guardian.conftest import Browser, Site, path_of_toy
from tests.guardian.pages_of import pages_of
from tests.guardian.template_texts import LETTERS, UNREAD, WATCHED

PAGES = (
    "/talks",
    "/talks/kept",
    "/alerts",
    "/toys",
    "/try",
    "/household",
    "/household/costs",
    "/people",
    "/services",
    "/privacy/erase",
    "/ratings",
    "/start",
    "/start/volume",
    "/start/limits",
    "/children",
)
OF_A_TOY = ("/limits", "/check", "/give-away")
NAMES = re.compile("Pommai|Guardian|Teddy|llama3.2|smtp.example.com|anna@example.com")
"""Of the household, and of things that have one name in each language."""
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")


def write_marking_catalogue(folder: Path) -> None:
    """In which each message is itself, in brackets. Esperanto has none of its own."""
    marking = Catalog(locale="eo")
    for message in catalogue():
        if isinstance(message.id, str) and message.id:
            marking.add(message.id, f"⟦{message.id}⟧")
        elif message.id:
            marking.add(tuple(message.id), tuple(f"⟦{one}⟧" for one in message.id))
    target = folder / "eo" / "LC_MESSAGES" / "pommai.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, marking)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNREAD:
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
    text, before = texts.text, ""
    while text != before:  # a message may stand in another
        text, before = MARKED.sub("", text), text
    lines = (" ".join(line.split()) for line in NAMES.sub("", text).split("\n"))
    return [line for line in lines if LETTERS.search(line)]


async def test_each_text_of_a_page_is_a_message(site: Site, tmp_path: Path) -> None:
    write_marking_catalogue(tmp_path / "locale")
    await site.guardian()
    app = pages_of(site.home, site.clock, site.code, locale=tmp_path / "locale")
    toy = await path_of_toy(site)
    async with serving(app, "127.0.0.1", 0) as url:
        browser = await Browser.new(site.stack, url.rstrip("/"))
        await browser.sign_in()
        found = {}
        for page in (*PAGES, *(toy + of for of in OF_A_TOY)):
            answer = await browser.get(page, **{"Accept-Language": "eo"})
            assert answer.status == 200, page
            found[page] = unmarked(await answer.text())
    assert {page: lines for page, lines in found.items() if lines} == {}


def test_what_is_unmarked_is_found() -> None:
    assert unmarked('<p>⟦Saved⟧ at once</p><p title="Now">⟦By ⟦name⟧⟧</p>') == ["at once Now"]
