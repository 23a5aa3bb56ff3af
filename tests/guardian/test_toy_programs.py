"""What a toy hears, thinks and speaks with: clouds are agreed to, and a voice gets the settings that it takes."""

from dataclasses import replace
from html import unescape

import pytest

from guardian_web.toys import voice_settings
from hub.config import Config
from hub.core.toys.provider_options import ProviderOptions
from hub.core.toys.voices import LATENCY
from hub.domain.toys import ProviderChoice, ProviderKind, Toy, Voice
from hub.providers.base import ProviderSetup
from tests.guardian.conftest import Site, path_of_toy

KEYS = {"DEEPGRAM_API_KEY": "a key of the test", "ELEVENLABS_API_KEY": "another"}


@pytest.fixture
def with_key(site: Site) -> Site:
    """Deepgram and ElevenLabs could be chosen; they are never asked here."""
    site.home.provider_options = ProviderOptions(ProviderSetup(Config(), KEYS, site.clock))
    return site


async def path_of(site: Site) -> str:
    return f"{await path_of_toy(site)}/programs"


async def saved(site: Site) -> Toy:
    return (await site.home.toys.list())[0]


async def test_each_is_told_with_what_it_gets_where_and_what_it_costs(with_key: Site) -> None:
    options = {o.name: o for o in await with_key.home.provider_options.of(ProviderKind.STT)}
    assert options["sphinx"].place is None
    assert options["sphinx"].embedded
    assert options["deepgram"].place
    assert options["deepgram"].place.country == "the United States"
    assert options["deepgram"].sends == "your child's voice"
    assert 0.01 < options["deepgram"].hour_usd < 1
    assert options["openai"].problem, "there is no key for it"
    html = unescape(await (await with_key.guardian()).see(await path_of(with_key)))
    hears = html.partition('id="hears-1"')[2].partition("</select>")[0]
    assert "Deepgram nova-3, in a cloud" in hears
    assert 'value="openai"' not in hears
    for words in ("your child's voice", "in the United States", "about $0.06"):
        assert words in html
    missing = html.partition("What else could be set up")[2]
    assert "at api.openai.com: no key</li>" in missing
    assert "isn't on this machine</li>" in missing, "what a terminal would do about it is left out"
    for file_words in ("_API_KEY", "[llm.openai]", "[stt.wyoming]"):
        assert file_words not in missing


async def test_a_cloud_is_chosen_only_by_who_agrees_and_that_is_kept(with_key: Site) -> None:
    browser, path = await with_key.guardian(), await path_of(with_key)
    for place in ("hears-1", "hears-3"):
        refused = await browser.send(path, path, **{place: "deepgram"})
        assert refused.status == 409
        assert "say that you agree" in await refused.text()
    assert (await saved(with_key)).providers == ProviderChoice()
    chosen = {"hears-1": "sphinx", "hears-2": "deepgram"}
    assert (await browser.send(path, path, **chosen, agrees="yes")).status == 303
    assert (await saved(with_key)).providers.stt == ("sphinx", "deepgram", "auto")
    access = await with_key.home.privacy.clouds.access()
    assert access.allowed == ("Deepgram (the United States) gets your child's voice",)
    again = await browser.send(path, path, **{"hears-1": "deepgram"})
    assert again.status == 303, "what was agreed to isn't asked again"
    assert (await saved(with_key)).providers.stt == ("deepgram", "auto")


async def test_while_all_clouds_are_off_a_choice_turns_none_on(with_key: Site) -> None:
    await with_key.home.privacy.clouds.turn_off()
    browser, path = await with_key.guardian(), await path_of(with_key)
    await browser.send(path, path, **{"hears-1": "deepgram"}, agrees="yes")
    assert with_key.home.privacy.clouds.off


async def test_a_chosen_one_that_can_not_be_used_says_so(site: Site) -> None:
    toy = await saved(site)
    chosen = ProviderChoice(llm=("storyteller", "openai"))
    await site.home.toys.save(replace(toy, providers=chosen))
    html = unescape(await (await site.guardian()).see(await path_of(site)))
    assert "It is chosen, and can’t be used now:" in html
    assert "no server is set" in html
    browser, path = await site.guardian(), await path_of(site)
    kept = {"thinks-1": "storyteller", "thinks-2": "openai"}
    assert (await browser.send(path, path, **kept)).status == 303, "what it has may stay"
    assert (await saved(site)).providers == chosen


async def test_what_runs_at_home_needs_no_agreement(site: Site) -> None:
    browser, path = await site.guardian(), await path_of(site)
    answer = await browser.send(path, path, **{"thinks-1": "storyteller", "speaks-1": "espeak"})
    assert answer.status == 303
    assert (await saved(site)).providers == ProviderChoice(
        llm=("storyteller", "auto"), tts=("espeak", "auto")
    )
    answer = await browser.send(path, path, **{"thinks-2": "nonsense"})
    assert answer.status == 409
    assert "nonsense can’t be chosen here" in await answer.text()


async def test_model_and_voice_are_tuned_and_heard_before(site: Site) -> None:
    browser, path, before = await site.guardian(), await path_of(site), await saved(site)
    tuned = {"settings_of": "espeak", "setting-speed": "0.8", "setting-pitch": "70"}
    answer = await browser.send(path, f"{await path_of_toy(site)}/voice", **tuned)
    assert answer.status == 200
    [considered] = site.home.pretend_voices.sampled
    assert considered.voice.settings == {"speed": 0.8, "pitch": 70}
    assert await saved(site) == before
    model = {"model": "gemma3:12b", "temperature": "0,35", "max_tokens": "90"}
    assert (await browser.send(path, path, **tuned, **model)).status == 303
    assert await saved(site) == replace(
        before,
        voice=Voice(settings={"speed": 0.8, "pitch": 70}),
        model="gemma3:12b",
        temperature=0.35,
        max_tokens=90,
    )
    html = await browser.see(path)
    assert 'name="setting-speed" inputmode="decimal" maxlength="8" value="0.8"' in html
    assert 'value="0.35"' in html


async def test_another_voice_has_settings_of_its_own(with_key: Site) -> None:
    browser, path, toy = await with_key.guardian(), await path_of(with_key), await saved(with_key)
    await with_key.home.toys.save(replace(toy, voice=Voice("en-gb", {"pitch": 70})))
    chosen = {"speaks-1": "elevenlabs", "agrees": "yes"}
    await browser.send(path, path, **chosen, settings_of="espeak", **{"setting-pitch": "70"})
    assert (await saved(with_key)).voice == Voice(), "a pitch is nothing to ElevenLabs"
    html = await browser.see(path)
    assert 'name="setting-stability"' in html
    assert 'name="setting-pitch"' not in html
    now = await saved(with_key)
    await with_key.home.toys.save(replace(now, voice=Voice("a", {LATENCY: 2}, "elevenlabs")))
    typed = {"setting-stability": "0.4", "setting-use_speaker_boost": "1", "setting-style": ""}
    await browser.send(path, path, **chosen, settings_of="elevenlabs", **typed)
    kept = {LATENCY: 2, "stability": 0.4, "use_speaker_boost": 1}
    assert (await saved(with_key)).voice == Voice("a", kept, "elevenlabs")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"model": "m" * 201}, "at most 200 characters"),
        ({"temperature": "1.51"}, "a number from 0 to 1.5."),
        ({"temperature": "nan"}, "a number from 0 to 1.5."),
        ({"max_tokens": "29"}, "a number from 30 to 1000."),
        ({"max_tokens": "90.5"}, "a number from 30 to 1000."),
        ({"setting-speed": "9"}, "a number from 0.5 to 2."),
        ({"setting-speed": "nan"}, "a number from 0.5 to 2."),
        ({"setting-pitch": "50.5"}, "a whole number from 0 to 99."),
        ({"setting-stability": "0.5"}, "has no setting “stability”"),
    ],
)
async def test_what_can_not_be_saved_is_said_at_its_field(
    site: Site, changed: dict[str, str], why: str
) -> None:
    browser, path, before = await site.guardian(), await path_of(site), await saved(site)
    answer = await browser.send(path, path, settings_of="espeak", **changed)
    assert answer.status == 409
    assert why in unescape(await answer.text())
    assert await saved(site) == before


async def test_each_setting_of_a_voice_has_its_words(site: Site) -> None:
    options = await site.home.provider_options.of(ProviderKind.TTS)
    shown = {each.name for o in options for each in voice_settings.shown(o.voice_settings)}
    assert shown == voice_settings.WORDS.keys()
