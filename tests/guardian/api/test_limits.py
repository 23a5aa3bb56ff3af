"""A toy's limits through the API, for a program; a child's are for the hub's own command line."""

from hub.domain.api import Scope
from hub.domain.play.limits import DayLimits, PlayLimits, Whose
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site

EVENING = {"begins": "19:30", "ends": "07:00"}


async def test_a_program_sees_and_sets_a_toys_limits(site: Site, program: NewProgram) -> None:
    trusted, [toy] = await program(), await site.home.toys.list()
    path = f"/toys/{toy.id}/limits"
    assert not (await trusted.get(path))["limited"]
    asked = {"weekday": {"minutes": 30, "bedtime": EVENING}, "at_bedtime": ["story"]}
    answer = await trusted.call("PUT", path, asked)
    assert answer["limits"]["weekday"] == {"minutes": 30, "bedtime": EVENING, "rest": None}
    assert answer["limits"]["weekend"] == {"minutes": None, "bedtime": None, "rest": None}
    given = await trusted.call("POST", f"/toys/{toy.id}/give", {"kind": "one_more_story"})
    assert given["story_waits"]
    talk = await trusted.call("PUT", path, {"talk_minutes": 20})
    assert talk["limits"] == answer["limits"] | {"talk_minutes": 20}, "what is left out stays"
    assert (await trusted.call("PUT", path, {}))["limits"] == talk["limits"]
    switched = {"off": ["quiz"], "at_hours": ["story"], "hours": EVENING}
    answer = await trusted.call("PUT", path, {"switches": switched})
    assert answer["limits"]["switches"] == switched
    hours = {"switches": {"at_hours": ["story"]}}
    assert await trusted.refused("PUT", path, hours, status=422) == "invalid"
    await trusted.call("PUT", path, {"switches": {}})
    none: dict[str, object] = {"weekday": {}, "at_bedtime": [], "talk_minutes": None}
    assert (await trusted.call("PUT", path, none))["limits"]["weekday"]["minutes"] is None
    assert await site.home.play.limits(Whose(toy_id=toy.id)) == PlayLimits()


async def test_what_can_be_no_limit_is_refused(site: Site, program: NewProgram) -> None:
    trusted, [toy] = await program(), await site.home.toys.list()
    wrong: tuple[dict[str, object], ...] = (
        {"weekday": {"minutes": -1}},
        {"weekday": {"minutes": "60"}},
        {"weekday": {"bedtime": {"begins": "24:00", "ends": "07:00"}}},
        {"weekday": {"bedtime": {"begins": "07:00", "ends": "07:00"}}},
        {"at_bedtime": ["sweets"]},
        {"monday": {}},
    )
    path = f"/toys/{toy.id}/limits"
    for asked in wrong:
        assert await trusted.refused("PUT", path, asked, status=422) == "invalid"
    assert await trusted.refused("GET", "/toys/none/limits", status=404) == "not_found"


async def test_a_program_changes_nothing_that_it_may_not(site: Site, program: NewProgram) -> None:
    [toy] = await site.home.toys.list()
    await site.home.play.save(Whose(toy_id=toy.id), PlayLimits(DayLimits(5)))
    looks = await program(Scope.STATE)
    path = f"/toys/{toy.id}"
    assert (await looks.get(f"{path}/limits"))["limits"]["weekday"]["minutes"] == 5
    assert await looks.refused("PUT", f"{path}/limits", {}, status=403) == "scope"
    more = {"kind": "more_minutes"}
    assert await looks.refused("POST", f"{path}/give", more, status=403) == "scope"
    trusted = await program()
    for owners in ("/children", "/children/mia", "/children/mia/limits"):
        assert await trusted.refused("GET", owners, status=403) == "scope"
