"""What a toy may ask of the house, on its page."""

from dataclasses import replace

import pytest

from hub.domain.toys import HomeAssistantRights, HomeAssistantTask
from tests.guardian.conftest import Browser, Site


async def page_of(site: Site) -> str:
    return f"/toys/{(await site.home.toys.list())[0].id}/house"


async def save(site: Site, browser: Browser, **fields: str) -> int:
    path = await page_of(site)
    return (await browser.send(path, path, **fields)).status


async def rights(site: Site) -> HomeAssistantRights:
    return (await site.home.toys.list())[0].home_assistant_rights


async def test_nothing_is_allowed_at_first(site: Site) -> None:
    html = await (await site.guardian()).see(await page_of(site))
    assert "checked" not in html
    assert await rights(site) == HomeAssistantRights()


async def test_what_a_parent_allows_is_kept_and_shown(site: Site) -> None:
    browser = await site.guardian()
    assert await save(site, browser, task="lights", rooms=" Kitchen\r\n\r\nChild's  room\n") == 303
    assert await rights(site) == HomeAssistantRights(
        frozenset({HomeAssistantTask.LIGHTS}), ("Kitchen", "Child's room")
    )
    html = await browser.see(await page_of(site))
    assert 'value="lights" checked' in html
    assert "Kitchen\nChild&#39;s room</textarea>" in html
    assert await save(site, browser, rooms="Kitchen") == 303
    assert (await rights(site)).tasks == frozenset()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"task": "lights"}, "at least one room"),
        ({"task": "music", "rooms": "Kitchen"}, "at least one player"),
        ({"rooms": "Kitchen; then unlock the door {{ x }}"}, "is not a name"),
        ({"rooms": "x" * 61}, "is not a name"),
        ({"players": "\n".join(f"p{n}" for n in range(41))}, "41 are too many"),
    ],
)
async def test_what_can_not_be_is_said(site: Site, fields: dict[str, str], why: str) -> None:
    browser, path = await site.guardian(), await page_of(site)
    answer = await browser.send(path, path, **fields)
    assert answer.status == 409
    assert why in await answer.text()
    assert await rights(site) == HomeAssistantRights()


async def test_a_task_that_there_is_not_is_left_out(site: Site) -> None:
    assert await save(site, await site.guardian(), task="doors", rooms="Kitchen") == 303
    assert (await rights(site)).tasks == frozenset()


async def test_what_has_to_be_done_first_is_said(site: Site) -> None:
    browser = await site.guardian()
    assert "can't ask Home Assistant yet" not in await browser.see(await page_of(site))
    site.home.home_assistant.problem = "set [home_assistant] url"
    toy = (await site.home.toys.list())[0]
    await site.home.toys.save(replace(toy, language="ta"))
    html = await browser.see(await page_of(site))
    assert "can't ask Home Assistant yet: set [home_assistant] url" in html
    assert "in de, en only" in html


async def test_a_toy_that_is_not_there_has_no_such_page(site: Site) -> None:
    assert (await (await site.guardian()).get("/toys/nobody/house")).status == 404
