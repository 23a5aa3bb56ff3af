"""“My toy doesn't answer”: each thing that may keep a toy silent is seen, said in plain words, and can be mended."""

from dataclasses import replace
from html import unescape

import pytest
from playwright.async_api import Page, expect

from hub.core.health import GuardHealth, Impairment
from hub.core.toys.toy_checks import Check
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import SoundCheck
from hub.domain.toys import Pairing, ProviderKind, Satellite, SatelliteState, Toy
from hub.providers.pool import Standing
from tests.guardian.browser import Hub, reads_well, set_up
from tests.guardian.conftest import Site

SILENT = SoundCheck(2000.0, -96.0, -96.0, 0.0)


async def with_body(site: Site, **changed: object) -> tuple[Toy, Satellite]:
    [toy] = await site.home.toys.list()
    body = Satellite(
        "id:1",
        "teddy",
        adopted=True,
        toy_id=toy.id,
        pairing=Pairing.PAIRED,
        state=SatelliteState.ONLINE,
    )
    return toy, site.home.see(replace(body, **changed))  # type: ignore[arg-type]


async def troubles(site: Site, toy: Toy) -> set[Check]:
    return {finding.check for finding in await site.home.toy_checks.look(toy) if not finding.ok}


async def shown(site: Site, toy: Toy) -> str:
    return unescape(await (await site.guardian()).see(f"/toys/{toy.id}/check"))


async def test_where_all_is_well_the_page_says_so_and_how_to_speak_to_it(site: Site) -> None:
    toy, _ = await with_body(site)
    assert await troubles(site, toy) == set()
    html = await shown(site, toy)
    assert "Everything that the hub can see is fine." in html
    assert "The program that thinks of answers is ready." in html


async def test_a_toy_without_a_device_is_led_to_one(site: Site) -> None:
    [toy] = await site.home.toys.list()
    assert await troubles(site, toy) == {Check.DEVICE}
    assert 'href="/start/device"' in await shown(site, toy)


@pytest.mark.parametrize("state", [SatelliteState.AWAY, SatelliteState.ERROR])
async def test_a_device_that_is_out_of_reach_is_named(site: Site, state: SatelliteState) -> None:
    toy, _ = await with_body(site, state=state, state_detail="nothing answers there")
    assert await troubles(site, toy) == {Check.DEVICE}
    assert "out of reach: teddy: nothing answers there" in await shown(site, toy)


async def test_stop_quiet_time_and_pause_are_said_and_ended_from_there(site: Site) -> None:
    toy, _ = await with_body(site)
    await site.home.emergency_stop.call("by Anna")
    await site.home.household.set_quiet(True)
    await site.home.toys.pause(toy.id, True)
    toy = await site.home.toys.by_name(toy.name)
    assert await troubles(site, toy) == {Check.STOP, Check.QUIET, Check.PAUSE}
    browser, path = await site.guardian(), f"/toys/{toy.id}/check"
    assert "All toys are stopped: by Anna." in await browser.see(path)
    for form in ("/resume", "/quiet"):
        assert (await browser.send(path, form, back=path)).headers["Location"] == path
    await browser.send(path, f"/toys/{toy.id}/pause")
    assert await troubles(site, await site.home.toys.by_name(toy.name)) == set()


async def test_a_full_disk_and_a_guard_that_is_impaired_are_said(site: Site) -> None:
    toy, _ = await with_body(site)
    site.home.pretend_health.disk_full = True
    impairment = Impairment("classifier", site.clock.now(), "it is late")
    site.home.pretend_health.guard_is = GuardHealth((impairment,), ("classifier",), "1")
    assert await troubles(site, toy) == {Check.DISK, Check.GUARD}
    assert "Part of the guard doesn't work: it is late." in await shown(site, toy)


async def test_a_microphone_that_is_off_or_silent_is_said(site: Site) -> None:
    toy, body = await with_body(site)
    turn = Turn("t1", toy.id, "satellite", site.clock.now(), state=TurnState.DONE, sound=SILENT)
    await site.home.store.turns.begin(turn)
    assert await troubles(site, toy) == {Check.MICROPHONE}
    assert "sends silence" in await shown(site, toy)
    site.home.see(replace(body, settings=replace(body.settings, mute=True)))
    assert "it is switched off" in await shown(site, toy)


async def test_a_chosen_provider_that_is_not_there_says_so_and_who_stands_in(site: Site) -> None:
    toy, _ = await with_body(site)
    stands = site.home.pretend_providers.stand
    stands[1] = Standing(ProviderKind.LLM, "ollama", "ollama: nobody answers", "storyteller")
    stands[2] = Standing(ProviderKind.TTS, "piper", "piper: no voice", "")
    assert await troubles(site, toy) == {Check.THINKS, Check.SPEAKS}
    html = await shown(site, toy)
    assert "thinks of answers can't be used: ollama: nobody answers." in html
    assert "storyteller does that instead" in html
    assert "Nothing stands in for it" in html


async def test_a_talk_that_failed_is_pointed_to(site: Site) -> None:
    toy, _ = await with_body(site)
    turn = await site.home.hear("t1", "hello")
    turn.state, turn.error = TurnState.FAILED, "the model broke off"
    await site.home.store.turns.save(turn)
    assert await troubles(site, toy) == {Check.LAST_TALK}
    html = await shown(site, toy)
    assert "the model broke off" in html
    assert f"/talks/{turn.conversation_id}" in html


async def test_the_page_reads_well_and_a_paused_toy_talks_again(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        [toy] = await home.toys.list()
        await home.toys.pause(toy.id, True)
        await page.goto(f"{hub.url}toys")
        await page.get_by_role("link", name="It doesn’t answer").click()
        await expect(page.get_by_role("heading", name=f"{toy.name} is paused.")).to_be_visible()
        await reads_well(page)
        await page.get_by_role("button", name=f"Let {toy.name} talk again").click()
        await expect(page.get_by_role("heading", name="Toys")).to_be_visible()
        assert not (await home.toys.list())[0].paused
