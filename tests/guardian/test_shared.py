"""What many open pages are told alike is made once."""

import asyncio
from contextlib import AsyncExitStack

from guardian_web.shared import FEW, GATHERED_S, MAX_EVENTS, Shared
from hub.events import Missed, TurnChanged, WordsSoFar
from tests.guardian.conftest import Site
from tests.guardian.live import listening


async def test_it_is_made_once_for_each_change_also_when_the_first_who_asked_goes() -> None:
    shared, made = Shared(), 0
    may_go_on = asyncio.Event()

    async def make() -> int:
        nonlocal made
        made += 1
        number = made
        await may_go_on.wait()
        return number

    change = TurnChanged("t1")
    first, *others = [asyncio.create_task(shared.once(change, "turns", make)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    may_go_on.set()
    assert await asyncio.gather(*others) == [2, 2]
    assert await shared.once(change, "today", make) == 3
    assert await shared.once(TurnChanged("t1"), "turns", make) == 4, "an equal change is another"
    for _ in range(MAX_EVENTS):
        await shared.once(TurnChanged("t2"), "turns", make)
    assert await shared.once(change, "turns", make) == made, "the oldest are forgotten"
    assert await shared.once(Missed(), "turns", make) == made
    assert await shared.once(None, "turns", make) == made


async def test_two_pages_that_saw_different_things_are_each_told_what_they_missed(
    site: Site,
) -> None:
    browser = await site.guardian()
    await site.home.hear("t1", "the first")
    seen = await site.home.revision()
    await site.home.hear("t2", "the second")
    async with listening(browser) as new, listening(browser, since=seen) as old:
        assert "the first" in (await new.next_turn()).data
        assert "the second" in (await new.next_turn()).data
        assert "the second" in (await old.next_turn()).data
        await site.home.hear("t3", "the third")
        assert "the third" in (await new.next_turn()).data
        assert "the third" in (await old.next_turn()).data


async def test_many_open_pages_are_told_together_of_what_happened_within_a_moment(
    site: Site,
) -> None:
    browser = await site.guardian()
    [toy] = await site.home.toys.list()
    await site.home.hear("t0", "good morning")
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(listening(browser)) for _ in range(FEW + 1)]
        for stream in streams:
            await stream.next_turn()
        turn = await site.home.hear("t1", "why is the sky blue")
        for text in ("why", "why is", ""):
            site.home.bus.publish(WordsSoFar(toy.id, text))
        await site.home.answer(turn, "Because blue light bounces most!")
        assert site.clock.falls_due(GATHERED_S)
        await site.clock.advance(GATHERED_S)
        for stream in streams:
            words = await stream.next_of("words")
            assert "hears" not in words.data, "the last counts"
            told = await stream.next()
            assert told is not None
            assert told.name == "turn", "once"
            assert "Because blue light bounces most!" in told.data
