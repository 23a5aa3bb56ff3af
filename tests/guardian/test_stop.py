"""The emergency stop from the pages: one tap, known on all pages, undone by a grown-up."""

import pytest

from tests.guardian.conftest import Site
from tests.guardian.live import listening


async def test_one_tap_stops_them_all_and_every_page_says_so(site: Site) -> None:
    browser = await site.guardian()
    assert '<button id="stop-do" class="stopper">Stop all toys</button>' in await browser.see(
        "/household"
    )
    answer = await browser.send("/", "/stop")
    assert answer.status == 303
    settings = await site.home.household.get()
    assert settings.emergency_stopped_at == site.clock.now()
    for path in ("/", "/alerts", "/toys", "/household"):
        html = await browser.see(path)
        assert "All toys are stopped." in html
        assert "stopped by Guardian, on these pages" in html
        assert "Stop all toys" not in html


async def test_they_may_talk_again(site: Site) -> None:
    browser = await site.guardian()
    await site.home.emergency_stop.call("at the hub")
    assert "stopped at the hub" in await browser.see("/")
    assert (await browser.send("/", "/resume")).status == 303
    assert (await site.home.household.get()).emergency_stopped_at is None
    assert "Stop all toys" in await browser.see("/")


async def test_a_page_that_is_not_there_has_the_stop_too(site: Site) -> None:
    answer = await (await site.guardian()).get("/no-such-page")
    assert answer.status == 404
    assert "Stop all toys" in await answer.text()


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("/alerts?show=all", "/alerts?show=all"),
        ("https://evil.example/alerts", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/%5Cevil.example"),
        ("/a\r\nX-Evil: 1", "/aX-Evil:%201"),
        ("/\n/evil.example", "/"),
        ("/.//evil.example", "/"),
        ("http://[bad", "/"),
        ("", "/"),
    ],
)
async def test_one_is_led_back_to_where_one_was_and_never_away_from_the_hub(
    site: Site, back: str, expected: str
) -> None:
    browser = await site.guardian()
    for path in ("/stop", "/resume"):
        answer = await browser.send("/", path, back=back)
        assert answer.headers["Location"] == expected
    assert 'name="back" value="/alerts?show=all"' in await browser.see("/alerts?show=all")


async def test_open_pages_of_every_kind_are_told_at_once(site: Site) -> None:
    browser = await site.guardian()
    for show in ("home", "alerts", "frame"):
        async with listening(browser, show=show, with_frame=True) as stream:
            first = await stream.next_frame()
            assert "Stop all toys" in first.data
            await site.home.emergency_stop.call()
            assert "All toys are stopped." in (await stream.next_frame()).data
            await site.home.emergency_stop.lift()
            assert "Stop all toys" in (await stream.next_frame()).data
