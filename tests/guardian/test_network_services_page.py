"""The page of the services in the house, and their place in a toy's settings."""

import re

from hub.domain.toys import ProviderChoice
from tests.guardian.conftest import Browser, Site, path_of_toy
from tests.providers.wyoming_server import WyomingPeer


async def approve(browser: Browser, address: str, kind: str = "stt", program: str = "ears") -> None:
    answer = await browser.send(
        "/services", "/services/approve", kind=kind, program=program, at=address
    )
    assert answer.headers["Location"] == "/services?done=approved"


async def save_hearing(site: Site, browser: Browser, first: str) -> int:
    path = f"{await path_of_toy(site)}/programs"
    return (await browser.send(path, path, **{"hears-1": first})).status


async def test_opening_the_page_asks_nobody(site: Site) -> None:
    peer = WyomingPeer()
    async with peer.running():
        site.home.services_announced.append((("127.0.0.1", peer.port),))
        html = await (await site.guardian()).see("/services")
    assert "Look on my home network" in html
    assert "ears" not in html


async def test_a_look_shows_what_there_is_and_that_it_is_not_encrypted(site: Site) -> None:
    peer = WyomingPeer()
    browser = await site.guardian()
    async with peer.running() as address:
        site.home.services_announced.append((("127.0.0.1", peer.port),))
        answer = await browser.send("/services", "/services/look")
        html = await answer.text()
    assert answer.status == 200
    for part in (
        "ears",
        "mouth",
        "Listens",
        "Speaks",
        address,
        "Stays in your home, not encrypted",
    ):
        assert part in html


async def test_an_address_that_is_none_or_elsewhere_is_said(site: Site) -> None:
    browser = await site.guardian()
    for typed, why in {
        "8.8.8.8:10300": "no address on your home network",
        "piper": "such as",
    }.items():
        answer = await browser.send("/services", "/services/look", at=typed)
        assert answer.status == 409
        assert why in await answer.text()


async def test_an_approved_service_is_chosen_for_a_toy_and_given_up_again(site: Site) -> None:
    browser = await site.guardian()
    async with WyomingPeer().running() as address:
        await approve(browser, address)
    assert [s.name for s in site.home.taken_in] == ["house:ears"]
    toy = (await site.home.toys.list())[0]
    assert '<option value="house:ears">ears (en)</option>' in await browser.see(
        f"/toys/{toy.id}/programs"
    )

    assert await save_hearing(site, browser, "house:ears") == 303
    kept = (await site.home.toys.list())[0]
    assert kept.providers == ProviderChoice(stt=("house:ears", "auto"))
    assert re.search(rf"Used by</dt><dd>{kept.name}", await browser.see("/services"))

    assert await save_hearing(site, browser, "") == 303
    assert (await site.home.toys.list())[0].providers == ProviderChoice()


async def test_a_service_that_is_not_approved_can_not_be_chosen(site: Site) -> None:
    browser = await site.guardian()
    assert await save_hearing(site, browser, "house:stranger") == 409
    assert await save_hearing(site, browser, "deepgram") == 409
    assert (await site.home.toys.list())[0].providers == ProviderChoice()


async def test_a_removed_service_is_offered_no_more(site: Site) -> None:
    browser = await site.guardian()
    async with WyomingPeer().running() as address:
        await approve(browser, address, "tts", "mouth")
    answer = await browser.send("/services", "/services/forget", kind="tts", name="house:mouth")
    assert answer.headers["Location"] == "/services?done=forgotten"
    assert site.home.taken_in == []
    assert await site.home.store.network_services.list() == []
    answer = await browser.send("/services", "/services/forget", kind="nose", name="house:mouth")
    assert answer.status == 409
