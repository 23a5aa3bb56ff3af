"""The guided first hour: each step saves what it is about, can be left out, and is known again after a restart."""

from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from guardian_web.first_hour.steps import STEPS
from hub.app import App
from hub.config import loading
from hub.domain.audio import SPEECH_RATE_HZ
from hub.domain.family.first_hour import SetupStep
from hub.domain.persona import Persona
from hub.domain.safety import SafetyLevel
from hub.domain.toys import Pairing, Satellite, SatelliteSettings, Toy
from tests.alerts.far_side import mail_server
from tests.devices.processes import free_port
from tests.guardian.conftest import Site
from tests.guardian.household import at_home
from tests.guardian.pretend_parts import CODE
from tests.guardian.trial import EMBEDDED

BEAR_BODY = Satellite("id:1", "teddy", (("127.0.0.1", 10700),), pairing=Pairing.OPEN)
PLAIN = Satellite("name:plain", "kitchen", (("127.0.0.1", 10701),))


async def step_of(site: Site, step: SetupStep) -> tuple[bool, bool]:
    return next(
        (state.done, state.left_out)
        for state in await site.home.first_hour.steps()
        if state.step is step
    )


async def test_a_new_family_is_led_to_the_first_step(site: Site) -> None:
    browser = await site.browser()
    assert (await browser.set_up(site.code.text)).headers["Location"] == "/start"
    html = unescape(await browser.see("/start"))
    assert 'href="/start/home">Begin</a>' in html
    assert all(words.title in html for words in STEPS.values())


async def test_every_step_has_a_page_and_can_be_left_for_later(site: Site) -> None:
    browser = await site.guardian()
    for step in SetupStep:
        await browser.see(f"/start/{step}")
        answer = await browser.send(f"/start/{step}", f"/start/{step}/later")
        assert answer.status == 303
        assert await step_of(site, step) == (False, True)
    html = await browser.see("/start")
    assert html.count("For later") == len(SetupStep)
    assert (await browser.get("/start/nonsense")).status == 404


async def test_where_the_family_lives_is_kept_and_its_helplines_are_shown(site: Site) -> None:
    browser = await site.guardian()
    fields = {"country": "IN", "time_zone": "Asia/Kolkata"}
    answer = await browser.send("/start/home", "/start/home", **fields)
    assert answer.headers["Location"] == "/start/children"
    household = await site.home.household.get()
    assert (household.country, household.time_zone) == ("IN", "Asia/Kolkata")
    assert household.monthly_cap_cents == 1000, "what this step isn't about stays"
    assert "1098" in await browser.see("/start/home")
    assert await step_of(site, SetupStep.HOME) == (True, False)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"country": ""}, "choose a country"),
        ({"country": "XX"}, "a country from the list"),
        ({"country": "IN", "time_zone": "Mars/Base"}, "a time zone from the list"),
    ],
)
async def test_a_place_that_is_none_is_said_at_its_field(
    site: Site, fields: dict[str, str], why: str
) -> None:
    browser = await site.guardian()
    answer = await browser.send("/start/home", "/start/home", **fields)
    assert answer.status == 409
    assert why in await answer.text()
    assert await step_of(site, SetupStep.HOME) == (False, False)


async def test_children_are_added_and_the_youngest_says_how_careful_the_guard_is(
    site: Site,
) -> None:
    browser, page = await site.guardian(), "/start/children"
    answer = await browser.send(page, page, name=" Mia ", year="2017", more="yes")
    assert answer.headers["Location"].startswith("/start/children?added=")
    assert (await browser.send(page, page, name="Tom", year="2015")).headers["Location"] == (
        "/start/toy"
    )
    log = [deed.what for deed in await site.home.audit.list(2)]
    assert log == [
        "finished a step of the first hour: Your children",
        "went on with a step of the first hour: Your children",
    ]
    mia, tom = await site.home.children.list()
    assert [(c.name, c.birth_year) for c in (mia, tom)] == [("Mia", 2017), ("Tom", 2015)]
    html = await browser.see("/start/toy")
    assert 'name="level" value="moderate" required checked' in html
    assert html.count('value="yes" checked') == 2, "both talk with it unless told otherwise"
    fields = {"character": "pip", "level": "moderate", f"child-{mia.id}": "yes"}
    await browser.send("/start/toy", "/start/toy", **fields)
    assert (await site.home.toys.by_name("Pip")).child_ids == {mia.id}
    assert (await browser.send(page, page)).status == 303, "there are some already"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Please give a name"),
        ({"name": "x" * 61}, "too long"),
        ({"name": "Mia", "year": "soon"}, "the year of birth"),
        ({"name": "Mia", "year": "1950"}, "the year of birth"),
    ],
)
async def test_a_child_that_can_not_be_is_said_at_the_field(
    site: Site, fields: dict[str, str], why: str
) -> None:
    answer = await (await site.guardian()).send("/start/children", "/start/children", **fields)
    assert answer.status == 409
    assert why in await answer.text()
    assert await site.home.children.list() == []


async def test_the_first_toy_gets_a_character_its_voice_a_name_and_a_level(site: Site) -> None:
    browser, [before] = await site.guardian(), await site.home.toys.list()
    luma = site.home.characters.get("luma")
    fields = {"character": "luma", "name": " ", "level": "moderate"}
    assert (await browser.send("/start/toy", "/start/toy", **fields)).status == 303
    [toy] = await site.home.toys.list()
    assert toy == replace(
        before,
        name="Luma",
        persona=luma.persona,
        temperature=luma.temperature,
        voice=luma.voice("espeak"),
        safety_level=SafetyLevel.MODERATE,
        tells_of_reading=True,
    )
    await browser.send("/start/toy", "/start/toy", **fields | {"character": "pip", "name": "Mo"})
    assert [toy.name for toy in await site.home.toys.list()] == ["Mo"], "it is the same toy"


async def test_a_toy_that_a_family_has_already_is_left_alone(site: Site) -> None:
    [toy] = await site.home.toys.list()
    await site.home.toys.save(mine := replace(toy, persona=Persona("ours")))
    browser = await site.guardian()
    await browser.send("/start/toy", "/start/toy", character="pip", level="strict")
    assert mine in await site.home.toys.list()
    assert {each.name for each in await site.home.toys.list()} == {mine.name, "Pip"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"character": "nobody"}, "choose who it is"),
        ({"name": "x" * 61}, "too long"),
        ({"level": "none"}, "one of the three"),
        ({"name": "Bear"}, "called Bear already"),
    ],
)
async def test_a_toy_that_can_not_be_is_told_and_nothing_typed_is_lost(
    site: Site, fields: dict[str, str], why: str
) -> None:
    await site.home.toys.save(Toy("z", "Bear", persona=Persona("ours")))
    browser, before = await site.guardian(), await site.home.toys.list()
    filled = {"character": "dash", "name": "Zip", "level": "relaxed"} | fields
    answer = await browser.send("/start/toy", "/start/toy", **filled)
    assert answer.status == 409
    html = await answer.text()
    assert why in html
    assert f'value="{filled["name"]}"' in html
    assert await site.home.toys.list() == before


async def test_a_character_is_heard_before_it_is_chosen(site: Site) -> None:
    browser, before = await site.guardian(), await site.home.toys.list()
    answer = await browser.send("/start/toy", "/start/toy/hear", character="pip")
    assert (answer.status, answer.content_type) == (200, "audio/wav")
    [sampled] = site.home.pretend_voices.sampled
    assert sampled.voice == site.home.characters.get("pip").voice("espeak")
    assert await site.home.toys.list() == before
    assert (await browser.send("/start/toy", "/start/toy/hear", character="x")).status == 404


async def test_a_body_is_paired_or_adopted_for_the_toy_of_the_step(site: Site) -> None:
    browser = await site.guardian()
    await browser.send("/start/toy", "/start/toy", character="pip", level="strict")
    await site.home.toys.save(Toy("a", "Another"))
    site.home.see(BEAR_BODY)
    site.home.see(PLAIN)
    wrong = await browser.send(
        "/start/device", "/start/device", satellite="id:1", toy="Pip", code="000000"
    )
    assert wrong.status == 409
    assert "not its code" in await wrong.text()
    for fields in ({"satellite": "id:1", "code": CODE}, {"satellite": "name:plain"}):
        answer = await browser.send("/start/device", "/start/device", toy="Pip", **fields)
        assert answer.headers["Location"] == "/start/volume"
    pip = await site.home.toys.by_name("Pip")
    assert {satellite.toy_id for satellite in site.home.devices.list()} == {pip.id}


async def test_no_device_is_none_chosen(site: Site) -> None:
    answer = await (await site.guardian()).send("/start/device", "/start/device")
    assert answer.status == 409
    assert await step_of(site, SetupStep.DEVICE) == (False, False)


async def test_who_is_told_in_the_browser_is_led_to_its_button(site: Site) -> None:
    browser, page = await site.guardian(), "/start/alerts"
    fields = {"name": "Anna", "way": "browser", "level": "warning"}
    answer = await browser.send(page, page, **fields)
    assert answer.status == 409
    assert "Please tap “Tell me in this browser” first." in unescape(await answer.text())


async def test_a_toy_is_no_louder_than_small_ears_bear_unless_a_parent_chooses_so(
    site: Site,
) -> None:
    assert SatelliteSettings().volume_cap == 70
    browser, [toy] = await site.guardian(), await site.home.toys.list()
    paired = replace(BEAR_BODY, adopted=True, toy_id=toy.id, pairing=Pairing.PAIRED)
    site.home.see(paired)
    assert 'name="volume_cap" type="range" min="0" max="100" step="5" value="70"' in (
        await browser.see("/start/volume")
    )
    fields = {"satellite": paired.key, "volume": "55", "volume_cap": "85"}
    heard = await browser.send("/start/volume", "/start/volume", say="Hello!", **fields)
    assert heard.headers["Location"] == "/start/volume?done=spoken"
    assert '<p class="done" role="status">Saved. It should speak now' in await browser.see(
        "/start/volume?done=spoken"
    )
    assert site.home.satellites.announced == ["Hello!"]
    answer = await browser.send("/start/volume", "/start/volume", **fields)
    assert answer.headers["Location"] == "/start/limits"
    [device] = site.home.devices.list()
    assert (device.settings.volume, device.settings.volume_cap) == (55, 85)
    bad = await browser.send("/start/volume", "/start/volume", **fields | {"volume": "900"})
    assert bad.status == 409


async def test_trying_the_toy_leads_there_and_back(site: Site) -> None:
    browser, [toy] = await site.guardian(), await site.home.toys.list()
    assert f'href="/try?toy={toy.id}&amp;setup=1"' in await browser.see("/start/try")
    assert 'href="/start/try"' in await browser.see(f"/try?toy={toy.id}&setup=1")
    assert 'href="/start/try"' not in await browser.see(f"/try?toy={toy.id}")


async def test_what_was_done_is_known_after_a_restart(site: Site, tmp_path: Path) -> None:
    browser = await site.guardian()
    await browser.send("/start/home", "/start/home", country="IN")
    await browser.send("/start/try", "/start/try/later")
    async with at_home(tmp_path, site.clock) as again:
        progress = await again.first_hour.progress()
    assert (progress.done, progress.left_out) == ((SetupStep.HOME,), (SetupStep.TRY,))


async def test_the_first_page_reminds_until_it_is_told_not_to(site: Site) -> None:
    browser = await site.guardian()
    assert 'href="/start/home">Where you live</a>' in await browser.see("/")
    await browser.send("/start/home", "/start/home", country="IN")
    assert 'href="/start/home"' not in await browser.see("/")
    assert (await browser.send("/", "/start/remind")).headers["Location"] == "/"
    assert "Still to set up" not in await browser.see("/")
    await browser.send("/start", "/start/remind", on="yes")
    assert "Still to set up" in await browser.see("/")


async def test_every_character_says_hello_in_a_voice_of_its_own_and_the_guard_lets_it(
    tmp_path: Path,
) -> None:
    settings = loading.load(None, EMBEDDED | {"POMMAI_DATA": str(tmp_path)})
    async with App(settings, {}) as app:
        [toy] = await app.hub.toys.list()
        characters = app.hub.characters.list()
        sounds = {
            c.id: b"".join([chunk.data async for chunk in app.hub.characters.hear(toy, c)])
            for c in characters
        }
        assert await app.hub.turns.recent(1) == [], "nothing was refused, so nothing is kept"
    assert len(characters) == 8
    assert len(set(sounds.values())) == 8
    assert all(len(sound) > 2 * SPEECH_RATE_HZ for sound in sounds.values())
    voices = [tuple(c.voice(p) for c in characters) for p in ("espeak",)]
    assert all(len({repr(voice) for voice in each}) == 8 for each in voices)
    for one in characters:
        persona = one.persona
        assert persona.kind == one.kind
        assert persona.backstory.count(".") >= 3, one.id
        assert len(persona.catchphrases) == 3, one.id
        assert min(len(persona.traits), len(persona.interests)) >= 4, one.id


async def test_who_is_told_is_added_by_a_mailbox_and_gets_a_test(site: Site) -> None:
    browser, page = await site.guardian(), "/start/alerts"
    assert "say who is told" in await (await browser.send(page, page)).text()
    fields = {"name": "Anna", "level": "warning", "gets_disclosures": "yes", "way": "mail"}
    away = {"mail_to": "anna@corner.example", "mail_password": "hunter2"}
    refused = await (await browser.send(page, page, **fields | away)).text()
    assert "mail server of corner.example" in refused
    assert 'value="anna@corner.example"' in refused
    assert "hunter2" not in refused
    port = free_port()
    server = {"mail_server": "127.0.0.1", "mail_port": str(port), "mail_security": "insecure"}
    added = await browser.send(page, page, **fields | away | server | {"mail_password": ""})
    assert added.headers["Location"] == page
    [anna] = await site.home.adults.list()
    assert (anna.name, anna.service, anna.gets_disclosures) == ("Anna", "mailto", True)
    async with mail_server(port) as house:
        tested = await browser.send(page, page, test=anna.id)
        assert "accepted it" in await browser.see(tested.headers["Location"])
        assert house.got[0]["To"] == "anna@corner.example"
    assert (await browser.send(page, page)).status == 303
    assert await step_of(site, SetupStep.ALERTS) == (True, False)


async def test_a_phone_is_told_through_its_app(site: Site) -> None:
    browser, page = await site.guardian(), "/start/alerts"
    fields = {"name": "Bo", "level": "warning", "way": "phone", "phone_topic": "pommai-1234567890"}
    assert (await browser.send(page, page, **fields)).status == 303
    [bo] = await site.home.adults.list()
    assert bo.url == "ntfys://ntfy.sh/pommai-1234567890"
