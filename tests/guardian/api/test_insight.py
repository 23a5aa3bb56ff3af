"""Figures over the API, without anybody's words."""

from hub.domain.api import Scope
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site
from tests.guardian.some_days import some_days


async def test_figures_of_some_days_are_the_pages_own(site: Site, program: NewProgram) -> None:
    await some_days(site.home, site.clock.now())
    answer = await (await program()).get("/insight?days=2")
    assert [day["questions"] for day in answer["days"]] == [1, 2]
    assert answer["topics"][0] == {"topic": "animals", "questions": 2}
    assert answer["providers"][1]["failed"] == 1
    assert "moon" not in str(answer)


async def test_figures_are_for_who_may_see_alerts_and_of_a_month_at_most(
    site: Site, program: NewProgram
) -> None:
    state = await program(Scope.STATE)
    assert await state.refused("GET", "/insight", status=403) == "scope"
    assert await (await program()).refused("GET", "/insight?days=32", status=422) == "invalid"
