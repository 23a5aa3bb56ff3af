"""What every request must pass: host, origin, form token, size; and what every answer carries."""

import asyncio
import re

import pytest
from aiohttp import web
from yarl import URL

from guardian_web.gate import HEADERS, to_the_end
from guardian_web.routes import ROUTES
from guardian_web.static_files import HERE
from hub.errors import DataError
from tests.guardian.browser import PASSWORD
from tests.guardian.conftest import Site


@pytest.mark.parametrize("path", ["/setup", "/static/style.css", "/health", "/no-such-page"])
async def test_every_answer_carries_the_protecting_headers(site: Site, path: str) -> None:
    answer = await (await site.browser()).get(path)
    assert HEADERS.items() <= dict(answer.headers).items()
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("try.js", "javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
async def test_scripts_and_styles_are_served_as_what_they_are(
    site: Site, name: str, kind: str
) -> None:
    answer = await (await site.browser()).get(f"/static/{name}")
    assert answer.status == 200
    assert kind in answer.content_type  # `application/` or `text/`, as Python's version has it


@pytest.mark.parametrize(
    "name", ["base.html", "app.py", "..%2Fapp.py", "%2E%2E/app.py", "", "x/try.js"]
)
async def test_no_other_file_is_served(site: Site, name: str) -> None:
    assert (await (await site.browser()).get(f"/static/{name}")).status == 404


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_no_two_features_have_a_file_of_the_same_name(folder: str) -> None:
    names = [path.name for path in HERE.glob(f"**/{folder}/*")]
    assert sorted(set(names)) == sorted(names)


def test_the_policy_lets_nothing_in_from_elsewhere_or_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert set(policy.split()) & {"*", "https:", "data:"} == set()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[bad"])
async def test_a_name_that_is_not_ours_gets_nothing(site: Site, host: str) -> None:
    answer = await (await site.browser()).get("/health", Host=host)
    assert answer.status in {400, 421}
    assert "status" not in await answer.text()


@pytest.mark.parametrize("host", ["localhost:8770", "[::1]:8770", "toys.home", "TOYS.home:80"])
async def test_loopback_and_configured_names_are_ours(site: Site, host: str) -> None:
    assert (await (await site.browser()).get("/health", Host=host)).status == 200


OPEN = {
    "/events",
    "/ws/talk/{session_id}",
    "/health",
    "/setup",
    "/setup/restore",
    "/setup/restore/server",
    "/sign-in",
    "/sign-in/passkey",
    "/invitation/{secret}",
    "/sign-in/code",
    "/static/{name}",
    "/static/{version}/{name}",
    "/sw.js",
    "/offline",
    "/trust",
    "/trust/pommai.crt",
}
"""Addresses that answer strangers themselves; the first two tell them to sign in."""


def addresses(method: str) -> list[str]:
    """Those for guardians alone."""
    return [
        re.sub(r"\{\w+\}", "any", route.path)
        for route in ROUTES
        if isinstance(route, web.RouteDef) and route.method == method and route.path not in OPEN
    ]


async def test_a_form_without_our_token_does_nothing(site: Site) -> None:
    browser = await site.guardian()
    for path in addresses("POST"):
        for token in ("", "0" * 64, "é"):
            assert (await browser.post(path, csrf=token)).status == 403, path
        assert (await browser.get("/health")).status == 200, path
    assert (await browser.get("/")).status == 200


async def test_another_visitors_token_does_not_fit(site: Site) -> None:
    browser, other = await site.guardian(), await site.guardian()
    token = (await other.see("/")).split('name="csrf" value="')[1][:64]
    assert (await browser.post("/sign-out", csrf=token)).status == 403
    assert (await other.post("/sign-out", csrf=token)).status == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_form_from_another_origin_does_nothing(site: Site, origin: str) -> None:
    browser = await site.guardian()
    token = (await browser.see("/")).split('name="csrf" value="')[1][:64]
    assert (await browser.post("/sign-out", origin=origin, csrf=token)).status == 403
    assert (await browser.get("/")).status == 200


async def test_the_sign_in_form_has_a_token_too(site: Site) -> None:
    await site.guardian()
    assert (await (await site.browser()).post("/sign-in", password=PASSWORD)).status == 403


async def test_a_link_from_elsewhere_does_not_sign_out(site: Site) -> None:
    """Such a request comes without the session's cookie; our answer must leave that one alone."""
    await site.guardian()
    answer = await (await site.browser()).get("/sign-in")
    assert "pommai_form=" in answer.headers["Set-Cookie"]
    assert "pommai_session" not in answer.headers["Set-Cookie"]


async def test_a_large_body_is_refused(site: Site) -> None:
    browser = await site.browser()
    answer = await browser.send("/setup", "/setup", code="x" * 70_000)
    assert answer.status == 413


async def test_other_kinds_of_body_are_refused(site: Site) -> None:
    browser = await site.browser()
    answer = await browser.session.post(
        site.origin + "/setup", json={}, headers={"Origin": site.origin}
    )
    assert answer.status == 415


async def test_a_form_that_never_ends_is_given_up(site: Site) -> None:
    host, port = site.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /setup HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {site.origin}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\ncsrf=".encode()
    )
    answer = asyncio.create_task(reader.readline())
    while not answer.done():
        await asyncio.sleep(0.01)
        await site.clock.advance(1)
    assert b" 408 " in answer.result()
    writer.close()


async def test_what_a_form_began_is_done_although_the_browser_goes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await site.guardian()
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def adopt(name: str, toy: str | None = None) -> None:
        begun.set()
        await go_on.wait()
        done.set()

    monkeypatch.setattr(site.home.devices, "adopt", adopt)
    request = asyncio.create_task(browser.send("/", "/toys/adopt", satellite="id:1"))
    await begun.wait()
    request.cancel()
    await asyncio.wait([request])
    await asyncio.sleep(0.05)  # the server learns that the browser went
    go_on.set()
    async with asyncio.timeout(60):
        await done.wait()


async def test_health_tells_strangers_only_whether_it_works(site: Site) -> None:
    stranger = await (await (await site.browser()).get("/health")).json()
    assert stranger.keys() == {"status", "version"}
    assert stranger["status"] == "ok"
    guardian = await (await (await site.guardian()).get("/health")).json()
    assert "satellites" in guardian


async def test_a_lost_page_and_a_broken_one_answer_kindly(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    browser = await site.guardian()
    lost = await browser.get("/no-such-page")
    assert (lost.status, "There is no such page" in await lost.text()) == (404, True)

    async def broken(limit: int) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(site.home.turns, "recent", broken)
    failed = await browser.get("/")
    text = await failed.text()
    assert (failed.status, "Something went wrong" in text) == (500, True)
    assert "secret detail" not in text
    assert "a page failed: GET /" in caplog.text


async def test_what_fails_when_its_asker_has_gone_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def fail() -> web.Response:
        begun.set()
        await gone.wait()
        raise DataError("the disk is full")

    asked = asyncio.create_task(to_the_end(fail()))
    await begun.wait()
    asked.cancel()
    await asyncio.sleep(0)
    assert not asked.done()
    gone.set()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert "the disk is full" in caplog.text


@pytest.mark.parametrize("path", ["//evil.example/x", "/%5Cevil.example/x", "/x//evil.example"])
async def test_a_page_never_gives_another_sites_address_as_its_own(site: Site, path: str) -> None:
    browser = await site.guardian()
    text = await (await browser.session.get(URL(site.origin + path, encoded=True))).text()
    [own] = re.findall(r'data-own="([^"]*)"', text)
    assert own.startswith("/")
    assert not own.startswith(("//", "/\\"))
    assert "//" not in own


async def test_a_second_cancellation_ends_what_nobody_waits_for() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang() -> web.Response:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    asked = asyncio.create_task(to_the_end(hang()))
    await begun.wait()
    asked.cancel()
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert ended.is_set()


ODD_LINES = (
    b"Cookie: \xff=\xfe; pommai_session=\xed\xa0\x80",
    b"Origin: http://\xff",
    b"Last-Event-ID: \xb2",
    b"Authorization: Bearer \xff\xfe",
    b"Accept-Language: \xff",
)


@pytest.mark.parametrize(
    "path", [b"/", b"/health", b"/events", b"/metrics", b"/\xff", b"/%FF%00", b"/api/v1/hub"]
)
async def test_no_odd_byte_of_a_stranger_fails_the_hub(site: Site, path: bytes) -> None:
    host, _, port = site.origin.removeprefix("http://").partition(":")
    for line in ODD_LINES:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n\r\n" % (path, line)
        )
        async with asyncio.timeout(60):
            status = (await reader.read()).split(b" ")[1]
        writer.close()
        assert int(status) < 500, line
