"""Who hears, thinks and speaks for a toy: what each choice means is said before, and a cloud is agreed to."""

from dataclasses import replace
from html import unescape

import pytest

from hub.config import Config
from hub.core.toys.provider_options import ProviderOptions
from hub.domain.toys import ProviderChoice, ProviderKind
from hub.providers.base import ProviderSetup
from tests.guardian.conftest import Site, path_of_toy

FORM = {"name": "Bear", "level": "strict", "language": "en", "patience": "normal"}
KEYS = {"DEEPGRAM_API_KEY": "a key of the test"}


@pytest.fixture
def with_key(site: Site) -> Site:
    """Deepgram could be chosen; it is never asked here."""
    site.home.provider_options = ProviderOptions(ProviderSetup(Config(), KEYS, site.clock))
    return site


async def test_each_is_told_with_what_it_gets_where_and_what_it_costs(with_key: Site) -> None:
    options = {o.name: o for o in await with_key.home.provider_options.of(ProviderKind.STT)}
    assert options["sphinx"].place is None
    assert options["sphinx"].embedded
    assert options["deepgram"].place
    assert options["deepgram"].place.country == "the United States"
    assert options["deepgram"].sends == "your child's voice"
    assert 0.01 < options["deepgram"].hour_usd < 1
    assert options["openai"].problem, "there is no key for it"
    html = unescape(await (await with_key.guardian()).see(await path_of_toy(with_key)))
    hears = html.partition('id="hears"')[2].partition("</select>")[0]
    assert "Deepgram nova-3, in a cloud" in hears
    assert 'value="openai"' not in hears
    for words in ("your child's voice", "in the United States", "about $0.06"):
        assert words in html
    assert "set OPENAI_API_KEY" in html.partition("What could be set up, too")[2]


async def test_a_cloud_is_chosen_only_by_who_agrees_and_that_is_kept(with_key: Site) -> None:
    browser, path = await with_key.guardian(), await path_of_toy(with_key)
    refused = await browser.send(path, path, **FORM, hears="deepgram")
    assert refused.status == 409
    assert "say that you agree" in await refused.text()
    assert (await with_key.home.toys.list())[0].providers == ProviderChoice()
    assert (await browser.send(path, path, **FORM, hears="deepgram", agrees="yes")).status == 303
    [toy] = await with_key.home.toys.list()
    assert toy.providers.stt == ("deepgram", "auto")
    access = await with_key.home.privacy.clouds.access()
    assert access.allowed == ("Deepgram (the United States) gets your child's voice",)
    again = await browser.send(path, path, **FORM, hears="deepgram")
    assert again.status == 303, "what was agreed to isn't asked again"


async def test_while_all_clouds_are_off_a_choice_turns_none_on(with_key: Site) -> None:
    await with_key.home.privacy.clouds.turn_off()
    browser, path = await with_key.guardian(), await path_of_toy(with_key)
    await browser.send(path, path, **FORM, hears="deepgram", agrees="yes")
    assert with_key.home.privacy.clouds.off


async def test_a_chosen_one_that_can_not_be_used_says_so(site: Site) -> None:
    [toy] = await site.home.toys.list()
    await site.home.toys.save(replace(toy, providers=ProviderChoice(llm=("openai",))))
    html = unescape(await (await site.guardian()).see(await path_of_toy(site)))
    assert "It is chosen, and can’t be used now: no server is set" in html


async def test_what_runs_at_home_needs_no_agreement(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    answer = await browser.send(path, path, **FORM, thinks="storyteller", speaks="espeak")
    assert answer.status == 303
    [toy] = await site.home.toys.list()
    assert toy.providers == ProviderChoice(llm=("storyteller", "auto"), tts=("espeak", "auto"))
    assert (await browser.send(path, path, **FORM, thinks="nonsense")).status == 409
