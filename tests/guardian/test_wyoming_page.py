"""The part of the page of programs that offers the hub to Home Assistant."""

import pytest

from hub.domain.api import WyomingServerSettings
from tests.guardian.conftest import Site

PATH = "/household/wyoming"


async def test_it_is_off_and_says_that_there_is_no_password(site: Site) -> None:
    browser = await site.guardian()
    html = await browser.see("/household/programs")
    assert "has no passwords and no encryption" in html
    assert 'name="on" aria' in html
    assert 'value="lo">' in html


async def test_what_a_parent_chooses_is_kept_and_shown(site: Site) -> None:
    browser = await site.guardian()
    answer = await browser.send(
        "/household/programs",
        PATH,
        on="on",
        interface="lo",
        allowed="192.168.1.20\n10.0.0.0/8, ::1",
    )
    assert answer.headers["Location"] == "/household/programs?done=wyoming-saved#wyoming"
    assert await site.home.wyoming_services.get() == WyomingServerSettings(
        on=True, interfaces=("lo",), allowed=("192.168.1.20", "10.0.0.0/8", "::1")
    )
    html = await browser.see("/household/programs?done=wyoming-saved")
    assert "Saved. It is already in effect." in html
    assert 'name="on" checked' in html
    assert 'value="lo" checked' in html
    assert "192.168.1.20\n10.0.0.0/8\n::1</textarea>" in html


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"on": "on"}, "choose at least one network"),
        ({"on": "on", "interface": "lo", "allowed": "my-phone"}, "is no address"),
    ],
)
async def test_what_can_not_be_is_said_and_stays_in_the_form(
    site: Site, typed: dict[str, str], why: str
) -> None:
    browser = await site.guardian()
    answer = await browser.send("/household/programs", PATH, **typed)
    html = await answer.text()
    assert answer.status == 409
    assert why in html
    assert 'name="on" checked' in html
    assert typed.get("allowed", "") in html
    assert await site.home.wyoming_services.get() == WyomingServerSettings()


async def test_a_network_that_went_stays_chosen(site: Site) -> None:
    await site.home.wyoming_services.save(WyomingServerSettings(on=True, interfaces=("wlan9",)))
    html = await (await site.guardian()).see("/household/programs")
    assert 'value="wlan9" checked' in html
    assert "not there now" in html
