"""The benchmark of what toys remember, in short: the first days, and some of its probes."""

from bench.memories import measure
from bench.memories.play import facts, family, siblings

DAYS, PROBES = 3, 48


def test_the_script_is_40_talks_on_20_days() -> None:
    talks = {(told.day, told.child) for told in family()}
    assert len(talks) == 40
    assert len(facts("Lucy")) + len(facts("Max")) >= 60


async def test_siblings_are_remembered_apart_and_what_is_erased_stays_so() -> None:
    async with siblings() as home:
        await home.tell(DAYS)
        kept = await measure.remembered(home, DAYS)
        assert (kept.missed, kept.kept_unwanted) == ([], [])
        assert kept.wanted >= 8
        answered = await measure.answered(home, DAYS)
        assert (answered.right, answered.missed_by_model) == (answered.asked, [])
        assert await measure.told_to_others(home, PROBES) == []
        assert await measure.come_back(home, PROBES) == []
