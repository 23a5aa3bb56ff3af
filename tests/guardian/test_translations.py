"""Each language that the pages are in has all of their texts, whole, and shows them without a cut word on a phone."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from playwright.async_api import Page

from docs.message_catalogue import LOCALE, compiled, is_whole, lacking, translation, translations
from tests.guardian.browser import PASSWORD
from tests.guardian.every_page import PHONE, addresses, example_page, furnish_all

LANGUAGES = sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())
VALUE = re.compile(r"%\(\w+\)[sd]")
TAG = re.compile(r"</?[a-z][^>]*>")
INDIA = {"de": "Indien", "es": "India", "fr": "Inde", "hi": "भारत", "ta": "இந்தியா"}
CUT = """() => {
  const seen = (element) => element.checkVisibility() && !element.closest(".skip, #line, svg");
  const texts = [...document.querySelectorAll("body *")].filter(
    (element) => seen(element) && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()),
  );
  const cut = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) return false;
    const style = getComputedStyle(element);
    if (style.textOverflow === "ellipsis") return false;  // a child's words that are too many
    const hides = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    return hides || box.right > innerWidth + 1 || box.left < -1;
  };
  const scrolls = (element) => element.closest(".scrolls, pre, [tabindex='0']");
  const found = texts.filter((element) => cut(element) && !scrolls(element)).map((element) => element.innerText);
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the screen");
  return found;
}"""


@pytest.fixture(scope="module")
def kept() -> dict[str, list[Message]]:
    return {
        file.parts[-3]: [message for message in language if message.id]
        for file, language in translations().items()
    }


def test_each_language_s_catalogue_is_up_to_date_and_compiled() -> None:
    for file, language in translations().items():
        told = f"{file.parts[-3]}: run python -m docs.message_catalogue"
        assert file.read_text("utf-8") == translation(language), told
        assert file.with_suffix(".mo").read_bytes() == compiled(language), told


def test_no_language_lacks_a_text() -> None:
    assert {file.parts[-3]: lacking(language) for file, language in translations().items()} == {
        language: [] for language in LANGUAGES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_lost_a_value_or_a_tag(
    kept: dict[str, list[Message]], language: str
) -> None:
    whole = filter(is_whole, kept[language])
    assert [text for message in whole for text in _faults(message)] == []


def _faults(message: Message) -> Iterator[str]:
    """Each form of the translation beside that of one thing, and from then on beside that of many."""
    english = _forms(message.id)
    for place, translated in enumerate(_forms(message.string)):
        form = english[min(place, len(english) - 1)]
        for pattern in (VALUE, TAG):
            if sorted(pattern.findall(form)) != sorted(pattern.findall(translated)):
                yield f"{form} -> {translated}"


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    assert text
    return (text,) if isinstance(text, str) else text


async def test_no_word_is_cut_on_a_phone_in_any_language_and_countries_have_its_names(
    tmp_path: Path,
) -> None:
    found: list[str] = []
    async with example_page(tmp_path) as (page, site):
        await page.goto(site.url)
        await _choose_password(page, site.code.text)
        await furnish_all(site)
        site.home.catalogues.read(LOCALE)
        state = await page.context.storage_state()
        assert page.context.browser
        for language in LANGUAGES:
            async with await page.context.browser.new_context(
                viewport=PHONE, locale=language, storage_state=state, reduced_motion="reduce"
            ) as context:
                translated = await context.new_page()
                for name, path in (await addresses(site)).items():
                    await translated.goto(site.url + path)
                    assert await translated.locator("html").get_attribute("lang") == language
                    found += [
                        f"{language}, {name}: {text}" for text in await translated.evaluate(CUT)
                    ]
                await translated.goto(f"{site.url}household/settings")
                india = translated.locator('#country option[value="IN"]')
                assert await india.text_content() == INDIA[language]
    assert found == [], "\n".join(found)


async def _choose_password(page: Page, code: str) -> None:
    await page.locator('[name="code"]').fill(code)
    for name in ("password", "repeated"):
        await page.locator(f'[name="{name}"]').fill(PASSWORD)
    async with page.expect_navigation():
        await page.locator("main form button").last.click()
