"""GET /events: nothing said is missed, and nothing goes to who may not see it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar

from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from guardian_web.sse import MAX_CATCH_UP, MAX_STREAMS
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Satellite, SatelliteState
from hub.errors import AlreadyRunningError
from hub.events import TurnStep, WordsSoFar
from tests.clock import FakeClock
from tests.guardian.conftest import Browser, Site
from tests.guardian.household import at_home
from tests.guardian.live import Stream, listening
from tests.guardian.pages_of import pages_of

TEDDY = Satellite("id:1", "teddy", (("127.0.0.1", 10700),), hardware="Raspberry Pi Zero 2 W")


async def test_words_arrive_as_they_are_said_and_then_the_answer(site: Site) -> None:
    async with listening(await site.guardian()) as stream:
        turn = await site.home.hear("t1", "why is the sky blue")
        first = await stream.next_turn()
        assert "why is the sky blue" in first.data
        assert "Answering" in first.data
        await site.home.answer(turn, "Because blue light bounces most!")
        second = await stream.next_turn()
        assert "Because blue light bounces most!" in second.data
        assert 'id="turn-t1"' in first.data
        assert 'id="turn-t1"' in second.data
        assert int(second.id) == turn.revision > int(first.id)


async def test_words_show_while_somebody_still_speaks(site: Site) -> None:
    [toy] = await site.home.toys.list()
    async with listening(await site.guardian(), with_frame=True) as stream:
        await stream.next_frame()
        site.home.bus.publish(WordsSoFar(toy.id, "why is <the>"))
        words = await stream.next_of("words")
        assert f"{toy.name} hears: “why is &lt;the&gt; …”" in words.data
        site.home.bus.publish(WordsSoFar(toy.id, ""))
        assert "hears" not in (await stream.next_of("words")).data


async def test_a_browser_that_comes_back_gets_what_it_missed_and_no_more(site: Site) -> None:
    turn = await site.home.hear("old", "before")
    browser = await site.guardian()
    await site.home.hear("missed", "while I was away")
    async with listening(browser, last_seen=str(turn.revision)) as stream:
        assert "while I was away" in (await stream.next_turn()).data
        await site.home.hear("new", "and now")
        assert "and now" in (await stream.next_turn()).data


async def test_the_browsers_own_last_id_wins_over_the_address(site: Site) -> None:
    turn = await site.home.hear("old", "before")
    browser = await site.guardian()
    async with listening(browser, since=0, last_seen=str(turn.revision)) as stream:
        await site.home.hear("new", "and now")
        assert "and now" in (await stream.next_turn()).data


async def test_who_missed_too_much_is_told_to_load_the_page_again(site: Site) -> None:
    for number in range(MAX_CATCH_UP + 1):
        await site.home.hear(f"t{number}", "again")
    browser = await site.guardian()
    async with listening(browser) as stream:
        assert [(await stream.next() or TEDDY).name for _ in range(2)] == ["toys", "reload"]
        await site.home.hear("new", "and now")
        assert "and now" in (await stream.next_turn()).data
    assert f'data-revision="{await site.home.revision()}"' in await browser.see("/")


async def test_a_last_id_from_another_history_means_reload(site: Site) -> None:
    """The family has put back a backup."""
    async with listening(await site.guardian(), since=999) as stream:
        event = await stream.next()
        assert event is not None
        assert event.name == "reload"
        assert await stream.next() is None


async def test_a_last_id_that_is_no_number_is_refused(site: Site) -> None:
    browser = await site.guardian()
    for odd in ("x", "-1", "9" * 30, "²"):
        assert (await browser.get("/events", **{"Last-Event-ID": odd})).status == 400


async def test_toys_are_shown_again_when_they_change_and_only_then(site: Site) -> None:
    async with listening(await site.guardian()) as stream:
        first = await stream.next()
        assert first is not None
        assert first.name == "toys"
        site.home.see(TEDDY)
        second = await stream.next()
        assert second is not None
        assert "Adopt teddy" in second.data
        assert second.id == ""
        site.home.see(TEDDY)  # nothing new
        await site.home.hear("t1", "hello")
        third = await stream.next()
        assert third is not None
        assert third.name == "turn"
        site.home.see(replace(TEDDY, adopted=True, state=SatelliteState.LISTENING))
        fourth = await stream.next()
        assert fourth is not None
        assert "Listening" in fourth.data


async def test_a_subscriber_that_fell_behind_still_gets_every_turn(site: Site) -> None:
    async with listening(await site.guardian()) as stream:
        for number in range(40):
            turn = await site.home.hear(f"t{number}", "hello")
        for _ in range(300):  # more than the bus keeps for one
            site.home.see(TEDDY)
        while int((await stream.next_turn()).id) < turn.revision:
            pass


async def test_the_line_beats_while_nobody_speaks(site: Site) -> None:
    async with listening(await site.guardian()) as stream:
        await stream.next()
        assert stream.beats == 1
        reading = asyncio.create_task(stream.next())
        while stream.beats < 4:
            await site.clock.advance(15)
            await asyncio.sleep(0)
        reading.cancel()


async def test_the_line_beats_while_the_bus_is_busy_with_nothing_new(site: Site) -> None:
    async with listening(await site.guardian()) as stream:
        await stream.next()
        reading = asyncio.create_task(stream.next())
        while stream.beats < 4:
            await site.clock.advance(10)
            site.home.bus.publish(TurnStep("t", "b", "endpoint", 1.0))
            await asyncio.sleep(0.01)
        reading.cancel()


async def test_strangers_hear_nothing(site: Site) -> None:
    await site.guardian()
    assert (await (await site.browser()).get("/events")).status == 401


async def test_signing_out_elsewhere_silences_an_open_stream(site: Site) -> None:
    here, there = await site.guardian(), await site.guardian()
    async with listening(here) as stream:
        await stream.next()
        await there.send("/", "/sign-out-everywhere")
        await site.home.hear("t1", "a secret")
        event = await stream.next()
        assert event is not None
        assert event.name == "reload"
        assert await stream.next() is None


async def test_there_is_a_bound_on_streams_and_a_place_is_given_back(site: Site) -> None:
    browser = await site.guardian()
    streams = [await browser.get("/events") for _ in range(MAX_STREAMS)]
    assert {stream.status for stream in streams} == {200}
    assert (await browser.get("/events")).status == 503
    for stream in streams:
        stream.close()
    async with asyncio.timeout(60):
        while (again := await browser.get("/events")).status != 200:
            await asyncio.sleep(0.01)
    again.close()


async def test_the_words_of_a_child_or_a_model_are_text_and_never_markup(site: Site) -> None:
    turn = await site.home.hear("t1", "<script>alert(1)</script>")
    turn.refused = ["<img src=x onerror=alert(2)>"]
    turn.error = "<b>oops"
    turn.said = ['"><svg onload=alert(3)>']
    turn.state = TurnState.FAILED
    await site.home.store.turns.save(turn)
    browser = await site.guardian()
    html = await browser.see("/")
    async with listening(browser) as stream:
        html += (await stream.next_turn()).data
    for markup in ("<script>alert", "<img src=x", "<svg", "<b>oops"):
        assert markup not in html


async def test_sign_in_and_stream_go_on_after_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    code = SetupCode(lambda _: None)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with at_home(tmp_path, clock) as home:
            app = pages_of(home, clock, code)
            async with serving(app, "127.0.0.1", 0) as url:
                browser = Browser(session, url.rstrip("/"))
                await browser.set_up(code.text)
                before = Stream(await browser.get("/events"))
                await home.hear("t1", "before the restart")
                seen = await before.next_turn()
        before.response.close()
        async with at_home(tmp_path, clock) as home:
            await home.hear("t2", "after the restart")
            app = pages_of(home, clock)
            async with serving(app, "127.0.0.1", 0) as url:
                browser = Browser(session, url.rstrip("/"))
                assert "before the restart" in await browser.see("/")
                async with listening(browser, last_seen=seen.id) as after:
                    assert "after the restart" in (await after.next_turn()).data


async def test_a_taken_port_is_one_clear_line(site: Site) -> None:
    port = int(site.origin.rpartition(":")[2])
    app = pages_of(site.home, site.clock)
    with pytest.raises(AlreadyRunningError, match=f"port {port} on 127.0.0.1 is taken"):
        async with serving(app, "127.0.0.1", port):
            pass
