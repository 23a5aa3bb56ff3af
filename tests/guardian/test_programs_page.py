"""The household's page that lets Home Assistant and other programs in."""

import re

import pytest
from playwright.async_api import Page, expect

from guardian_web.household.programs import spaced
from hub.domain.api import TOKEN_SCOPES, LanAccess, Scope
from tests.guardian.api.calling import token_for
from tests.guardian.browser import Hub, is_live, reads_well, set_up
from tests.guardian.conftest import Site

TOKENS = "/household/tokens"
LAN = "/household/lan"


def shown_tokens(html: str) -> list[str]:
    return re.findall(r'value="(pommai_[\w-]{43})"', html)


async def test_one_click_makes_a_token_that_is_shown_once_and_works(site: Site) -> None:
    browser = await site.guardian()
    page = await browser.see("/household/programs")
    choices = re.findall(r'name="scope" value="(\w+)" checked', page)
    assert set(choices) == TOKEN_SCOPES - {Scope.PEOPLE}
    csrf = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    form = [("csrf", csrf), ("name", "Home Assistant"), *(("scope", s) for s in choices)]
    answer = await browser.session.post(
        site.origin + TOKENS, data=form, headers={"Origin": site.origin}
    )
    (token,) = shown_tokens(await answer.text())
    async with browser.session.get(
        f"{site.origin}/api/v1/hub", headers={"Authorization": f"Bearer {token}"}
    ) as told:
        assert (await told.json())["token_name"] == "Home Assistant"
    again = await browser.see("/household/programs")
    assert token not in again
    assert "May use: state, alerts, control, speech" in again
    assert "last used" in again


async def test_rights_can_be_left_out_and_not_all_of_them(site: Site) -> None:
    browser = await site.guardian()
    await browser.send("/household/programs", TOKENS, name=" Grafana ", scope="state")
    (token,) = await site.home.api_tokens.list()
    assert (token.name, token.scopes) == ("Grafana", {Scope.STATE})
    answer = await browser.send("/household/programs", TOKENS, name="Nothing", scope="everything")
    html = await answer.text()
    assert answer.status == 409
    assert "choose at least one thing" in html
    assert shown_tokens(html) == []
    assert len(await site.home.api_tokens.list()) == 1


async def test_a_name_that_is_too_long_is_told(site: Site) -> None:
    answer = await (await site.guardian()).send(
        "/household/programs", TOKENS, name="x" * 61, scope="state"
    )
    assert answer.status == 409
    assert "has 61 characters" in await answer.text()


async def test_one_is_revoked_and_gone(site: Site) -> None:
    await token_for(site.home, site.clock, name="Old tablet")
    (token,) = await site.home.api_tokens.list()
    browser = await site.guardian()
    assert "Old tablet" in await browser.see("/household/programs")
    answer = await browser.send("/household/programs", f"{TOKENS}/{token.id}/revoke")
    assert answer.headers["Location"] == "/household/programs?done=token-revoked#programs"
    assert "Old tablet" not in await browser.see("/household/programs")
    assert (await browser.send("/household/programs", f"{TOKENS}/{token.id}/revoke")).status == 404


async def test_other_computers_are_let_in_where_a_parent_chose(site: Site) -> None:
    browser = await site.guardian()
    assert "https://127.0.0.1" not in await browser.see("/household/programs")
    answer = await browser.send("/household/programs", LAN, on="on", interface="lo")
    assert answer.headers["Location"] == "/household/programs?done=lan-saved#programs"
    assert await site.home.lan_api.get() == LanAccess(on=True, interfaces=("lo",))
    html = await browser.see("/household/programs?done=lan-saved")
    assert "Saved. It is already in effect." in html
    assert "<code>https://127.0.0.1:8771</code>" in html
    assert spaced("ab" * 32) in html


async def test_without_a_network_it_is_not_turned_on(site: Site) -> None:
    answer = await (await site.guardian()).send("/household/programs", LAN, on="on")
    assert answer.status == 409
    assert "choose at least one network" in await answer.text()
    assert await site.home.lan_api.get() == LanAccess()


@pytest.mark.parametrize("path", [TOKENS, LAN])
async def test_nobody_else_may(site: Site, path: str) -> None:
    await site.guardian()
    stranger = await site.browser()
    answer = await stranger.send("/sign-in", path, on="on", interface="lo", scope="state")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")
    assert await site.home.api_tokens.list() == []
    assert await site.home.lan_api.get() == LanAccess()


async def test_in_a_browser_a_token_is_made_and_copied_by_keyboard(page: Page, hub: Hub) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.goto(f"{hub.url}household/programs")
        await page.locator("#token-make").focus()
        await page.keyboard.press("Enter")
        field = page.get_by_label("Token", exact=True)
        await expect(field).to_be_visible()
        await is_live(page)
        await reads_well(page)
        await page.get_by_role("button", name="Copy").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#new-token-copied")).to_have_text("Copied.")
        assert await page.evaluate("navigator.clipboard.readText()") == await field.input_value()
        await page.reload()
        await is_live(page)
        await expect(field).to_be_hidden()
        (token,) = await home.api_tokens.list()
        assert token.name == "Home Assistant"
