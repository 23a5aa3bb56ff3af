"""A language can be chosen only where a toy hears it, speaks it and has it judged; else page and API say what lacks."""

from dataclasses import replace
from html import unescape

import pytest

from hub.core.toys.languages import Languages
from hub.errors import RefusedError
from hub.providers.base import VoiceInfo
from hub.safety.guard import Guard
from hub.safety.language import LanguageCheck
from tests.guardian.api.conftest import Owner
from tests.guardian.conftest import Site, path_of_toy
from tests.safety.shipped import PHRASES, RULES

FORM = {"name": "Bear", "level": "strict", "patience": "normal", "voice": ""}
GERMAN = VoiceInfo("d1", "Greta", "de")
ENGLISH = VoiceInfo("e1", "Alba", "en-gb")
NOT_FETCHED = VoiceInfo("f1", "Siwis", "fr", installed=False)


def without_a_judge(site: Site) -> None:
    guard = Guard([RULES, LanguageCheck()], site.clock, 10.0, PHRASES)
    site.home.languages = Languages(guard, site.home.pretend_providers)


async def test_what_each_language_lacks_stands_beside_those_that_can_be_chosen(site: Site) -> None:
    site.home.pretend_voices.known = [ENGLISH, GERMAN, NOT_FETCHED]
    site.home.pretend_providers.deaf_to = frozenset({"es"})
    browser, path = await site.guardian(), await path_of_toy(site)
    html = unescape(await browser.see(path))
    offered = html.partition('id="language"')[2].partition("</select>")[0]
    assert 'value="de"' in offered
    assert 'value="fr"' not in offered
    assert "French</strong>: Its voice for it isn’t here yet: Siwis." in html
    assert "No voice that it has speaks Spanish. What it hears" not in html
    assert "What it hears with doesn’t understand Spanish." in html
    answer = await browser.send(path, path, **FORM, language="es")
    assert answer.status == 409
    assert "No voice that it has speaks Spanish." in unescape(await answer.text())
    [toy] = await site.home.toys.list()
    assert toy.language == "en"


async def test_without_a_judge_that_must_agree_only_english_can_be_chosen(
    site: Site, owner: Owner
) -> None:
    without_a_judge(site)
    browser, path = await site.guardian(), await path_of_toy(site)
    answer = await browser.send(path, path, **FORM, language="de")
    assert "For German it takes a second judge" in unescape(await answer.text())
    with pytest.raises(RefusedError, match="language: The guard by itself judges English alone"):
        await owner("PATCH", "/toys/pommai/settings", language="de")
    told = await owner("GET", "/toys/pommai/languages")
    lacks = {each["code"]: each["lacks"] for each in told["languages"]}
    assert lacks.pop("en") == []
    assert all(lacks.values())
    [toy] = await site.home.toys.list()
    await site.home.toys.save(replace(toy, language="de"))
    assert "isn’t ready to talk" in await browser.see(path), "what it has may stay, and is told of"
    assert (await browser.send(path, path, **FORM, language="de")).status == 303
