"""Minutes and bedtime on the pages: what is saved, what is refused and why, and what one tap gives."""

from datetime import time
from html import unescape

import pytest

from hub.domain.family.children import Child
from hub.domain.household import Household
from hub.domain.play.limits import (
    DayLimits,
    GrantKind,
    Kind,
    Pastime,
    PlayLimits,
    Switches,
    Whose,
    Window,
    suggested,
)
from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.conftest import Browser, Site

MIA = Whose(child_id="mia")
PATH = "/children/mia/limits"
FILLED = {
    "weekday_minutes": "60",
    "talk": "20",
    "weekday_bedtime_from": "20:00",
    "weekday_bedtime_until": "06:30",
    "weekend_bedtime_from": "21:00",
    "weekend_bedtime_until": "08:00",
    "bedtime_story": "yes",
    "weekday_rest_from": "14:00",
    "weekday_rest_until": "15:30",
    "play_quiz": "off",
    "play_story": "hours",
    "hours_from": "15:00",
    "hours_until": "18:00",
}
LIMITS = PlayLimits(
    DayLimits(60, Window(time(20), time(6, 30)), Window(time(14), time(15, 30))),
    DayLimits(None, Window(time(21), time(8))),
    at_bedtime=frozenset({Kind.STORY}),
    talk_minutes=20,
    switches=Switches(
        frozenset({Pastime.QUIZ}), frozenset({Pastime.STORY}), Window(time(15), time(18))
    ),
)


async def family(site: Site) -> Browser:
    """Mia, whose Pommai is, in Berlin on Monday at 17:00."""
    await site.home.household.save(Household(time_zone="Europe/Berlin"))
    await site.home.children.save(Child("mia", "Mia", 2019))
    [toy] = await site.home.toys.list()
    await site.home.children.give(toy.id, ["mia"])
    return await site.guardian()


async def test_nothing_is_limited_until_somebody_saves_what_we_suggest(site: Site) -> None:
    browser = await family(site)
    html = unescape(await browser.see(PATH))
    assert "At 7, we suggest 60 minutes a day, and bedtime at 20:00." in html
    filled = await browser.see(f"{PATH}?suggest=1")
    assert 'name="weekday_bedtime_from" value="20:00"' in filled
    assert 'name="bedtime_story" value="yes" checked' in filled
    assert await site.home.play.limits(MIA) == PlayLimits()
    [toy] = await site.home.toys.list()
    of_toy = unescape(await browser.see(f"/toys/{toy.id}/limits"))
    assert "At 7, we suggest" in of_toy
    assert f'<a class="button" href="{PATH}">Minutes and bedtime of Mia</a>' in of_toy
    assert suggested(7).weekday.minutes == 60


@pytest.mark.parametrize("whose", ["child", "toy"])
async def test_limits_are_saved_and_shown(site: Site, whose: str) -> None:
    browser = await family(site)
    [toy] = await site.home.toys.list()
    path = PATH if whose == "child" else f"/toys/{toy.id}/limits"
    answer = await browser.send(path, path, **FILLED)
    assert answer.headers["Location"] == f"{path}?done=saved"
    assert await site.home.play.limits(MIA if whose == "child" else Whose(toy.id)) == LIMITS
    html = unescape(await browser.see(path))
    assert "60 minutes left today · bedtime at 20:00" in html
    assert 'name="weekday_rest_until" value="15:30"' in html
    await browser.send(path, path)
    assert not (await site.home.play.limits(MIA)).any


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"weekday_minutes": "1441"}, "whole minutes, 0 to 1440"),
        ({"talk": "0"}, "choose one of these"),
        ({"weekend_minutes": "-1"}, "whole minutes, 0 to 1440"),
        ({"weekend_minutes": "٣"}, "whole minutes, 0 to 1440"),
        ({"weekday_bedtime_until": ""}, "both times, or neither"),
        ({"weekday_bedtime_from": "20:60"}, "times such as 19:30"),
        ({"weekday_rest_until": "14:00"}, "another time than it begins"),
        ({"hours_from": "", "hours_until": ""}, "from when until when"),
        ({"play_timer": "never"}, "choose one of the three"),
    ],
)
async def test_what_can_not_be_is_said_and_what_was_typed_stays(
    site: Site, changed: dict[str, str], why: str
) -> None:
    browser = await family(site)
    answer = await browser.send(PATH, PATH, **FILLED | changed)
    assert answer.status == 409
    html = unescape(await answer.text())
    assert why in html
    assert 'name="weekend_bedtime_from" value="21:00"' in html
    assert await site.home.play.limits(MIA) == PlayLimits()


async def test_one_tap_on_the_first_page_gives_more(site: Site) -> None:
    browser = await family(site)
    [toy] = await site.home.toys.list()
    body = Satellite("id:1", "Bear", state=SatelliteState.ONLINE, adopted=True, toy_id=toy.id)
    site.home.see(body)
    html = await browser.see("/")
    assert f'href="/toys/{toy.id}/limits"' in html
    assert "left today" not in html
    assert "give-more_minutes" not in html
    await site.home.play.save(MIA, LIMITS)
    assert "60 minutes left today · bedtime at 20:00" in unescape(await browser.see("/"))
    for kind in GrantKind:
        answer = await browser.send("/", f"/toys/{toy.id}/give", kind=kind, back="/")
        assert answer.headers["Location"] == "/"
    html = unescape(await browser.see("/"))
    assert "70 minutes left today · bedtime at 21:00 · one more story waits" in html
    assert (await site.home.play.limits(MIA)) == LIMITS
    for page in ("/children/mia", PATH):
        of_child = unescape(await browser.see(page))
        assert "60 minutes left today · bedtime at 20:00" in of_child
        at_toy = f"With {toy.name}: 70 minutes left today · bedtime at 21:00 · one more story waits"
        assert at_toy in of_child


async def test_a_tap_leads_nowhere_else_and_gives_nothing_odd(site: Site) -> None:
    browser = await family(site)
    answer = await browser.send(
        PATH, "/children/mia/give", kind="more_minutes", back="//elsewhere.example/"
    )
    assert answer.headers["Location"] == "/"
    assert (await browser.send(PATH, "/children/mia/give", kind="sweets")).status == 400
    assert (await browser.get("/children/nobody/limits")).status == 404
    assert (await browser.get("/toys/nothing/limits")).status == 404


async def test_nobody_taps_for_ever(site: Site) -> None:
    browser = await family(site)
    for _ in range(200):
        await site.home.play.give(MIA, GrantKind.MORE_MINUTES)
    answer = await browser.send(PATH, "/children/mia/give", kind="more_minutes")
    assert answer.status == 409
    assert "200 times was enough" in await answer.text()
    await site.clock.advance(4 * 24 * 3600)
    answer = await browser.send(PATH, "/children/mia/give", kind="more_minutes")
    assert answer.status == 303


async def test_a_toy_that_is_at_rest_says_so_and_why_it_does_not_answer(site: Site) -> None:
    browser = await family(site)
    [toy] = await site.home.toys.list()
    body = Satellite("id:1", "Bear", state=SatelliteState.ONLINE, adopted=True, toy_id=toy.id)
    site.home.see(body)
    assert '<p class="chip good">Ready</p>' in await browser.see("/")
    await site.home.play.save(Whose(toy.id), PlayLimits(DayLimits(minutes=0)))
    html = unescape(await browser.see("/"))
    assert '<p class="chip quiet">Resting</p>' in html
    assert "Today’s minutes are used up" in html
    checked = unescape(await browser.see(f"/toys/{toy.id}/check"))
    assert "Today’s minutes are used up." in checked
    assert f'href="/toys/{toy.id}/limits"' in checked
