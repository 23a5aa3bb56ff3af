"""The address in an invitation is one that a phone can open, however the owner has the pages."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest
from aiohttp import hdrs

from guardian_web.app import serving
from guardian_web.keys import PHONE_ENDPOINT
from guardian_web.proxy import FORWARDED_PREFIX, INGRESS_PATH
from hub.domain.api import LanAccess
from hub.lan.own_certificate import OwnCertificate
from tests.guardian.conftest import Browser, Site
from tests.guardian.pages_of import pages_of
from tests.lan.certificates import make

NAME = "toys.example.org"
PROXY: Final[dict[str, str]] = {
    hdrs.X_FORWARDED_HOST: NAME,
    hdrs.X_FORWARDED_PROTO: "https",
    hdrs.ORIGIN: f"https://{NAME}",
}
INGRESS: Final[dict[str, str]] = {**PROXY, INGRESS_PATH: "/api/hassio_ingress/dG9rZW4"}


@asynccontextmanager
async def owner_of(site: Site, certificate: Path | None = None) -> AsyncIterator[Browser]:
    """Behind a proxy that the hub trusts, or with a certificate of the family's own in `certificate`."""
    trusted = [ip_network("127.0.0.0/8")]
    app = pages_of(site.home, site.clock, site.code, names=[NAME], trusted_proxies=trusted)
    if certificate:
        own = OwnCertificate.load(*make(certificate, NAME), site.clock.now())
        app[PHONE_ENDPOINT] = replace(app[PHONE_ENDPOINT], own=own)
    async with serving(app, "127.0.0.1", 0) as url:
        site.origin = url.rstrip("/")
        yield await site.guardian()


async def invited(browser: Browser, said: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The link before its secret, and the page that shows it; `said` is what the proxy says."""
    found = re.search(r'name="csrf" value="(\w+)"', await browser.see("/people"))
    assert found
    answer = await browser.session.post(
        f"{browser.origin}/people/invitations",
        data={"csrf": found[1], "name": "Ben", "role": "viewer"},
        headers=said or {hdrs.ORIGIN: browser.origin},
    )
    text = await answer.text()
    link = re.search(r'id="new-link"[^>]*value="([^"]*)/invitation/[\w-]{43}"', text)
    assert link, text
    return link[1], text


@pytest.mark.parametrize("base", ["", "/home/pommai"])
async def test_behind_a_proxy_it_is_the_proxy_s(site: Site, base: str) -> None:
    async with owner_of(site) as browser:
        link, _ = await invited(browser, {**PROXY, FORWARDED_PREFIX: base})
    assert link == f"https://{NAME}{base}"


async def test_within_home_assistant_it_is_that_of_phones_or_says_who_alone_can_open_it(
    site: Site,
) -> None:
    async with owner_of(site) as browser:
        link, page = await invited(browser, INGRESS)
        assert link == f"https://{NAME}{INGRESS[INGRESS_PATH]}"
        assert "opens only for somebody who is signed in to your Home Assistant" in page
        await site.home.lan_pages.save(LanAccess(True, ("lo",)))
        link, page = await invited(browser, INGRESS)
    assert link == "https://127.0.0.1:8772"
    assert "your Home Assistant" not in page


async def test_on_the_hub_s_own_computer_it_is_by_the_name_in_the_family_s_certificate(
    site: Site, tmp_path: Path
) -> None:
    async with owner_of(site, tmp_path / "own") as browser:
        assert "on this computer alone" in (await invited(browser))[1]
        await site.home.lan_pages.save(LanAccess(True, ("lo",)))
        link, _ = await invited(browser)
    assert link == f"https://{NAME}:8772"
