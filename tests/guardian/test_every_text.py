"""Whole pages in a language that marks each text: what stands on them unmarked is no message, or is shown untranslated.

It sees what `test_languages` can't: texts of the code behind a page. It can't see pages and states that it doesn't
open.
"""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from guardian_web.talks.words import plain_reason
from hub.alerts.maker import AlertMaker
from hub.alerts.outages import TOLD_AFTER_S, OutageNotices
from hub.domain.safety import Direction, SafetyLevel
from hub.domain.toys import ProviderKind
from hub.providers.pool import Outage
from hub.safety.guard import MAX_TEXT_CHARS, Guard
from hub.safety.rules.rulebook import Rulebook
from hub.translation import Catalogues, reading
from tests import catalogues
from tests.clock import FakeClock
from tests.guardian.conftest import Site, path_of_toy
from tests.guardian.template_texts import UNREAD, WATCHED
from tests.safety.shipped import RULES

PAGES = (
    "/",
    "/talks",
    "/talks?q=zebra",
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
    "/backups",
    "/toys/import",
    "/start/children",
    "/start/try",
)
OF_A_TOY = ("/limits", "/check", "/company", "/export", "/give-away", "/house", "/leaving")
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


async def test_each_reason_of_the_guard_is_a_message(tmp_path: Path) -> None:
    catalogues.write_marking_catalogue(tmp_path)
    marking = Catalogues()
    marking.read(tmp_path)
    reasons = [f"{rule.id}: {rule.comment}" for rule in Rulebook.load().rules]
    reasons += ["reads like self_harm (87 %)", f"{reasons[0]} (severity 3; at most 1 passes)"]
    talks = ("goes on with what was refused", "together with the line before it")
    reasons += [f"{reasons[0]} ({why})" for why in talks]
    guard = Guard([RULES], FakeClock(), 1.0)
    for text, blocked in (("x" * (MAX_TEXT_CHARS + 1), ""), ("spiders", "spiders")):
        policy = replace(guard.policy(SafetyLevel.STRICT), blocked_topics=frozenset({blocked}))
        reasons.append((await guard.explain(text, Direction.CHILD, policy)).verdict.reason)
    with reading(marking.of(catalogues.LANGUAGE)):
        shown = [plain_reason(reason) for reason in reasons]
    assert catalogues.unmarked("\n".join(shown), re.compile("; ")) == []


def test_what_is_unmarked_is_found() -> None:
    assert unmarked('<p>⟦Saved⟧ at once</p><p title="Now">⟦By ⟦name⟧⟧</p>') == ["at once Now"]
