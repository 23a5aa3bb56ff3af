"""A friend who visits: nothing is remembered or told, the stricter age holds, and it ends by itself."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.core.family.visits import Visits
from hub.domain.family.visits import MAX_DAYS
from hub.domain.household import Household
from hub.domain.safety import SafetyLevel
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError, RefusedError
from hub.safety.guard import Line
from tests.knowledge.memories.home import RememberingHome, remembering_home


async def toy_of(home: RememberingHome) -> Toy:
    toy = await home.store.toys.get(home.toy.id)
    assert toy is not None
    return toy


async def heard(home: RememberingHome) -> list[str]:
    """What is still kept, the oldest first."""
    return [turn.heard for turn in await home.store.turns.recent(50)][::-1]


async def test_a_visitor_is_told_nothing_and_nothing_of_them_is_kept(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        visits = Visits(home.store, home.clock)
        await home.say("my dog is called bruno")
        await home.store.toys.hand_to(home.toy.id, "c-Lucy")
        visit = await visits.begin(await toy_of(home), "Anna", 5)
        turn = await home.say("tell me of your dog")
        assert (turn.child_id, turn.visit_id) == (None, visit.id)
        assert "runo" not in home.told()
        asked = (await home.say("what do you know about me")).said[-1]
        assert home.house.guard.is_line(Line.WHO_SPEAKS, asked, "en")
        assert "runo" not in await home.answer("Anna")
        await home.say("my cat is called tiger")
        await home.say("it's Lucy, tell me of my dog")
        assert "Bruno" in home.told(), "she said who she is"
        await home.say("i like trains")
        assert await home.lines() == ["Lucy's dog is called Bruno"]
        await home.next_day()
        assert (await toy_of(home)).visit is None, "also before anybody looks"
        await visits.look()
        assert await heard(home) == ["my dog is called bruno"]
        assert await home.store.visits.list() != [], "until its words are gone from the disk"
        assert (await home.say("hello")).child_id == "c-Lucy"


async def test_what_a_parent_keeps_and_what_an_alert_is_about_stays(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        visits = Visits(home.store, home.clock)
        await visits.begin(await toy_of(home), "Anna", 5, keeps_talks=True)
        await home.say("hello")
        await visits.end(await toy_of(home))
        assert await heard(home) == ["hello"]
        assert await home.store.visits.list() == []
        await visits.begin(await toy_of(home), "Ben", 5)
        await home.say("good morning")
        await home.say("my uncle hurts me")
        await visits.end(await toy_of(home))
        assert await heard(home) == ["hello", "my uncle hurts me"]
        [alert] = await home.store.alerts.list(9)
        await home.store.alerts.acknowledge(alert.id)
        await visits.look()
        assert await heard(home) == ["hello"]


async def test_the_stricter_age_and_a_bedtime_for_it_hold(tmp_path: Path) -> None:
    async with remembering_home(tmp_path, names=()) as home:
        await home.store.household.save(Household(time_zone="UTC", break_after_minutes=0))
        await home.store.toys.save(replace(home.toy, safety_level=SafetyLevel.RELAXED))
        visits = Visits(home.store, home.clock)
        await visits.begin(await toy_of(home), "Anna", 9)
        guard = home.house.guard
        assert guard.policy_for(await toy_of(home)).level is SafetyLevel.MODERATE
        assert "All right" in await home.answer("what do bears eat")
        await home.clock.advance(6 * 3600)
        assert guard.is_line(Line.LIMIT_STORIES, (await home.say("hello there")).said[-1], "en")
        await visits.end(await toy_of(home))
        assert "All right" in await home.answer("what do bears eat")
        assert guard.policy_for(await toy_of(home)).level is SafetyLevel.RELAXED


async def test_it_ends_in_its_time_and_where_the_clock_turns_out_to_have_been_wrong(
    tmp_path: Path,
) -> None:
    async with remembering_home(tmp_path) as home:
        visits = Visits(home.store, home.clock)
        visit = await visits.begin(await toy_of(home), "Anna", 5, days=MAX_DAYS)
        assert visit.is_on(visit.began_at)
        assert not visit.is_on(visit.ends_at)
        assert visit.is_on(visit.began_at - timedelta(days=1)), "set back a little"
        assert not visit.is_on(visit.began_at - timedelta(days=400))
        for _ in range(MAX_DAYS):
            await visits.look()
            assert (await toy_of(home)).visit is not None
            await home.next_day()
        await visits.look()
        assert (await toy_of(home)).visit is None


async def test_what_can_not_be_is_refused(tmp_path: Path) -> None:
    async with remembering_home(tmp_path) as home:
        visits, toy = Visits(home.store, home.clock), await toy_of(home)
        for name, age, days in (("", 5, 1), ("Anna", 0, 1), ("Anna", 19, 1), ("Anna", 5, 4)):
            with pytest.raises(DataError):
                await visits.begin(toy, name, age, days=days)
        with pytest.raises(NotFoundError):
            await visits.end(toy)
        await visits.begin(toy, "Anna", 5)
        with pytest.raises(RefusedError, match="somebody visits already"):
            await visits.begin(toy, "Ben", 5)
