"""Every text of the pages can be translated, and is in the language that the browser asks for."""

from pathlib import Path

import pytest

from docs.message_catalogue import FILE, template
from guardian_web.languages import MAX_LANGUAGES, wanted
from guardian_web.static_files import HERE
from hub.translation import Catalogues
from tests.catalogues import write_catalogue
from tests.guardian.conftest import Browser, Site
from tests.guardian.template_texts import translates_a_value, unmarked

TEMPLATES = sorted(HERE.glob("**/templates/*.html"))
each_template = pytest.mark.parametrize(
    "file", TEMPLATES, ids=[file.relative_to(HERE).as_posix() for file in TEMPLATES]
)


@each_template
def test_each_text_of_a_template_is_marked(file: Path) -> None:
    assert unmarked(file.read_text("utf-8")) == []


@each_template
def test_no_template_translates_what_it_is_told(file: Path) -> None:
    assert translates_a_value(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ('<p>{{ _("Hello there") }}</p>', []),
        ("<p>{% trans name=child.name %}Hello {{ name }}{% endtrans %}</p>", []),
        (
            "{% if late %}<p>Too late</p>{% else %}<p>In time</p>{% endif %}",
            ["Too late", "In time"],
        ),
        ('<button aria-label="Close">{{ _("Close") }}</button>', ["Close"]),
        ('<img alt="">', []),
        ('<p class="{{ "wide" if big else "narrow" }}">1</p>', []),
        ('<p>{{ "on" if lit else "off" }}</p>', ["on off"]),
        ('<p>{{ slider("volume", "Never louder than") }}</p>', ["Never louder than"]),
        ('<p>{{ slider("volume", _("Never louder than")) }}</p>', []),
        ("<code>pommai-hub run</code>", []),
    ],
)
def test_what_is_found_in_a_template(source: str, found: list[str]) -> None:
    assert unmarked(source) == found


def test_a_value_that_is_translated_as_a_message_is_found() -> None:
    assert translates_a_value("\n{{ _(child.name) }}") == [2]


def test_the_messages_are_collected() -> None:
    assert FILE.read_text("utf-8") == template(), "run: python -m docs.message_catalogue"


@pytest.fixture
async def translated(site: Site, tmp_path: Path) -> Browser:
    """Who reads the pages of a hub that has a German catalogue, and has never been there."""
    write_catalogue(
        tmp_path / "locale", "de", Welcome="Willkommen", What_this_language_calls_itself="Deutsch"
    )
    site.home.catalogues.read(tmp_path / "locale")
    return await site.browser()


async def test_a_page_is_in_the_language_that_the_browser_asks_for(translated: Browser) -> None:
    german = await (await translated.get("/setup", **{"Accept-Language": "de-CH,en;q=0.5"})).text()
    assert '<html lang="de">' in german
    assert "<h1>Willkommen</h1>" in german
    english = await (await translated.get("/setup", **{"Accept-Language": "fr, nl"})).text()
    assert '<html lang="en">' in english
    assert "<h1>Welcome</h1>" in english


async def test_what_is_sent_is_in_the_language_of_the_set_up_until_another_is_chosen(
    translated: Browser, site: Site
) -> None:
    page = "/household/settings"
    translated.session.headers["Accept-Language"] = "de-CH"
    await translated.set_up(site.code.text)
    assert (await site.home.household.get()).language == "de"
    assert '<option value="de" selected>Deutsch</option>' in await translated.see(page)
    odd = await translated.send(page, page, language="nl")
    assert "Please choose a language from the list." in await odd.text()
    await translated.send(page, page, language="en")
    assert (await site.home.household.get()).language == "en"


async def test_the_api_is_in_english(translated: Browser) -> None:
    await translated.get("/setup", **{"Accept-Language": "de"})
    answer = await translated.get("/api/v1/toys", **{"Accept-Language": "de"})
    assert "no token of this hub's came along" in await answer.text()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("en, de", "en"),
        ("en;q=0.2, de;q=0.8", "de"),
        ("fr, pt-BR;q=0.9, de;q=0.1", "pt-BR"),
        ("de;q=0", "en"),
        ("de;q=much, pt-br", "pt-BR"),
        ("pt", "en"),
        ("xx," * MAX_LANGUAGES + "de", "en"),
        ("*", "en"),
    ],
)
def test_which_language_is_read(tmp_path: Path, accepted: str, language: str) -> None:
    write_catalogue(tmp_path, "de")
    write_catalogue(tmp_path, "pt_BR")
    catalogues = Catalogues()
    catalogues.read(tmp_path)
    assert wanted(catalogues, accepted).language == language
