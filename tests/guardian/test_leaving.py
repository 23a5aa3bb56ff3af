"""Toys that a parent archives, brings back and removes, on the pages; without any toy every page still opens."""

from html import unescape

import pytest

from hub.domain.toys import Satellite, SatelliteState, Toy
from tests.guardian.conftest import Site

PAGES = (
    *("/", "/talks", "/talks/kept", "/alerts", "/toys", "/children", "/try", "/household"),
    *("/household/adults", "/household/safety", "/insight", "/privacy", "/services", "/start"),
    *("/start/children", "/start/toy", "/start/try", "/start/device", "/start/volume"),
    *("/start/limits", "/ratings", "/phone", "/people"),
)


async def test_an_archived_toy_is_in_no_list_its_talks_stay_and_it_comes_back(site: Site) -> None:
    home, browser = site.home, await site.guardian()
    fox = await home.toys.save(Toy("fox", "Fox"))
    turn = await home.hear("t1", "hello")
    home.see(Satellite("id:1", "box", adopted=True, toy_id=fox.id, state=SatelliteState.ONLINE))
    answer = await browser.send("/toys/fox/leaving", "/toys/fox/archive", archived="yes")
    assert answer.headers["Location"] == "/toys#archived"
    page = await browser.see("/toys")
    assert "Bring Fox back" in page
    assert '<a href="/toys/fox">' not in page
    assert "Fox" not in await browser.see("/try")
    first = await browser.see("/")
    assert '<p class="chip care">Archived</p>' in first
    assert "Fox" in await browser.see(f"/talks/{turn.conversation_id}")
    assert "hello" in await browser.see("/talks?q=hello")
    await browser.send("/toys", "/toys/fox/archive")
    assert fox in await home.toys.list()


async def test_a_removed_toy_lets_go_of_its_device_and_can_be_brought_back(site: Site) -> None:
    home, browser = site.home, await site.guardian()
    [toy] = await home.toys.list()
    await home.answer(await home.hear("t1", "hello"), "Hello!")
    home.see(Satellite("id:1", "teddy", adopted=True, toy_id=toy.id))
    path = f"/toys/{toy.id}/leaving"
    told = unescape(await browser.see(path))
    for words in ("All that was said with it", "What stays", "teddy, is let go of"):
        assert words in told
    answer = await browser.send(path, f"/toys/{toy.id}/remove")
    assert answer.headers["Location"] == "/toys#deleted"
    assert not home.devices.list()[0].adopted
    page = unescape(await browser.see("/toys"))
    assert f"Deleted: {toy.name}, with all that was said, 1 turn." in page
    assert "There is no toy now" in page
    assert (await browser.get(f"/toys/{toy.id}")).status == 404
    [removal] = await home.removals.list()
    await browser.send("/toys", "/talks/undo", removal=removal.id, back="/toys")
    assert await home.toys.list() == [toy]


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "archived"])
async def test_without_any_toy_or_child_every_page_opens(site: Site, removed: bool) -> None:
    home, browser = site.home, await site.guardian()
    [toy] = await home.toys.list()
    await home.hear("t1", "hello")
    home.see(Satellite("id:1", "teddy", adopted=True, toy_id=toy.id, state=SatelliteState.ONLINE))
    await (home.removals.remove_toy(toy.id) if removed else home.toys.archive(toy.id, True))
    for path in PAGES:
        assert (await browser.get(path)).status in {200, 303}, path
    assert (await browser.send("/toys", "/toys", name="Bear")).status == 303
