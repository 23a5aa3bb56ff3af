"""The event stream: whole, at each change, from where its reader left off, and only while its token is good."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from guardian_web.api.events import MAX_STREAMS
from guardian_web.api.openapi import PREFIX
from guardian_web.sse import BEAT_S
from hub.domain.api import Scope
from hub.domain.toys import Satellite, SatelliteState
from hub.safety.layers import GuardHealth, Impairment
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site


async def test_all_comes_at_first_and_then_what_changes(site: Site, program: NewProgram) -> None:
    toy = (await site.home.toys.list())[0]
    async with (await program()).listening() as events:
        assert not (await events.next("household"))["quiet"]
        assert (await events.next("toys"))["toys"][0]["state"] == "none"
        assert await events.next("beat") == {}
        await site.home.household.set_quiet(True)
        assert (await events.next("household"))["quiet"]
        await site.home.toys.pause(toy.id, True)
        assert (await events.next("toys"))["toys"][0]["paused"]
        site.home.see(
            Satellite("id:1", "box", state=SatelliteState.LISTENING, adopted=True, toy_id=toy.id)
        )
        assert (await events.next("toys"))["toys"][0]["state"] == "listening"
        turn = await site.home.hear("t1", "Hello")
        assert (await events.next("toys"))["toys"][0]["last_active"]
        await site.home.warn("a1", turn)
        assert (await events.next("alert"))["id"] == "a1"


async def test_what_no_event_tells_is_seen_at_the_next_beat(
    site: Site, program: NewProgram
) -> None:
    async with (await program()).listening() as events:
        await events.next("beat")
        site.home.pretend_health.guard_is = GuardHealth(
            (Impairment("rules", site.clock.now(), "gone"),), ("rules",), "1"
        )
        await site.clock.advance(BEAT_S)
        assert not (await events.next("household"))["guard"]["ok"]
        assert await events.next("beat") == {}


async def test_who_comes_back_gets_the_alerts_that_it_missed(
    site: Site, program: NewProgram
) -> None:
    trusted = await program()
    await site.home.warn("before")
    async with trusted.listening() as events:
        await events.next("beat")
        last = events.last_id
    for number in range(120):
        await site.home.warn(f"a{number}")
    for query, headers in (("", {"Last-Event-ID": last}), (f"?after={last}", {})):
        async with trusted.listening(query, **headers) as events:
            found = [(await events.next("alert"))["id"] for _ in range(120)]
        assert found == [f"a{number}" for number in range(120)]


async def test_a_revision_of_another_history_counts_as_now(site: Site, program: NewProgram) -> None:
    await site.home.warn("before")
    async with (await program()).listening("?after=999999") as events:
        await events.next("beat")
        await site.home.warn("after")
        assert (await events.next("alert"))["id"] == "after"


async def test_alerts_are_for_who_may_see_them(site: Site, program: NewProgram) -> None:
    async with (await program(Scope.STATE)).listening("?after=0") as events:
        await events.next("beat")
        await site.home.warn("a1")
        await site.home.household.set_quiet(True)
        seen = await events.next("alert", "household")
        assert "quiet" in seen


async def test_a_revoked_token_ends_the_stream_at_once(site: Site, program: NewProgram) -> None:
    trusted = await program()
    (token,) = await site.home.api_tokens.list()
    async with trusted.listening() as events:
        await events.next("beat")
        await site.home.api_tokens.revoke(token.id)
        assert await events.next("household", "toys", "alert", "beat") is None


async def test_there_are_never_too_many_and_a_reader_who_goes_makes_room(
    site: Site, program: NewProgram
) -> None:
    trusted = await program()
    async with AsyncExitStack() as stack:
        for _ in range(MAX_STREAMS):
            events = await stack.enter_async_context(trusted.listening())
            await events.next("beat")
        assert await trusted.refused("GET", "/events", status=429) == "slow_down"
        assert trusted.retry_after
    async with asyncio.timeout(60):
        status = 429
        while status == 429:  # until the hub has noticed that they went
            async with trusted.session.get(
                f"{site.origin}{PREFIX}/events", headers=trusted.authorization
            ) as answer:
                status = answer.status
    assert status == 200


async def test_many_at_once_are_too_many_all_the_same(site: Site, program: NewProgram) -> None:
    trusted = await program()

    async def ask() -> None:
        async with trusted.session.get(
            f"{site.origin}{PREFIX}/events", headers=trusted.authorization
        ) as answer:
            statuses.append(answer.status)
            await everybody.wait()

    statuses: list[int] = []
    everybody = asyncio.Event()
    asking = [asyncio.create_task(ask()) for _ in range(MAX_STREAMS + 4)]
    async with asyncio.timeout(60):
        while len(statuses) < len(asking):
            await asyncio.sleep(0.01)
    everybody.set()
    await asyncio.gather(*asking)
    assert sorted(statuses) == [200] * MAX_STREAMS + [429] * 4


@pytest.mark.parametrize("last", ["x", "-1", "9" * 40, "1 2"])
async def test_an_odd_place_to_go_on_from_is_refused(program: NewProgram, last: str) -> None:
    trusted = await program()
    answer = await trusted.call("GET", "/events", status=422, **{"Last-Event-ID": last})
    assert answer["error"]["code"] == "invalid"
