"""Giving a toy away: its device belongs to nobody then, what was said can go with it, and what stays is told."""

from html import unescape

from hub.domain.talks.kept import RemovalScope
from hub.domain.toys import Pairing, Satellite, SatelliteState
from tests.guardian.conftest import Site


async def test_its_device_is_let_go_of_and_what_stays_is_told(site: Site) -> None:
    [toy] = await site.home.toys.list()
    site.home.see(
        Satellite(
            "id:1",
            "teddy",
            adopted=True,
            toy_id=toy.id,
            pairing=Pairing.PAIRED,
            state=SatelliteState.ONLINE,
        )
    )
    turn = await site.home.hear("t1", "hello")
    await site.home.answer(turn, "Hello!")
    browser, path = await site.guardian(), f"/toys/{toy.id}/give-away"
    assert "teddy forgets this hub" in unescape(await browser.see(path))
    answer = await browser.send(path, path)
    html = unescape(await answer.text())
    assert "teddy belongs to nobody now." in html
    assert "What stays here" in html
    [device] = site.home.devices.list()
    assert (device.adopted, device.toy_id) == (False, None)
    assert await site.home.turns.recent(5), "what was said stays unless it was ticked"
    assert await site.home.toys.list() == [toy]


async def test_what_was_said_goes_along_where_that_is_wished(site: Site) -> None:
    turn = await site.home.hear("t1", "hello")
    await site.home.answer(turn, "Hello!")
    browser, path = await site.guardian(), f"/toys/{turn.toy_id}/give-away"
    assert "lives in no device" in await browser.see(path)
    html = await (await browser.send(path, path, talks="yes")).text()
    assert "What was said is being deleted" in html
    [removal] = await site.home.removals.list()
    assert (removal.scope, removal.which) == (RemovalScope.TOY, turn.toy_id)
