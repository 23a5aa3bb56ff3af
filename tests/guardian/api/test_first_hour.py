"""Setting up over the API, as on the pages."""

from hub.domain.api import Scope
from hub.domain.family.first_hour import SetupStep
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site


async def test_the_steps_are_shown_marked_and_left_for_later(
    site: Site, program: NewProgram
) -> None:
    caller = await program()
    before = await caller.get("/setup")
    assert [step["step"] for step in before["steps"]] == list(SetupStep)
    assert not any(step["done"] for step in before["steps"])
    done = await caller.call("PUT", "/setup/privacy", {"state": "done"})
    assert [s["step"] for s in done["steps"] if s["done"]] == ["privacy"]
    later = await caller.call("PUT", "/setup/volume", {"state": "later"})
    assert [s["step"] for s in later["steps"] if s["left_out"]] == ["volume"]
    assert await caller.refused("PUT", "/setup/x", {"state": "done"}, status=404) == "not_found"
    assert await caller.refused("PUT", "/setup/home", {"state": "x"}, status=422) == "invalid"
    state = await program(Scope.STATE)
    assert await state.refused("PUT", "/setup/home", {"state": "done"}, status=403) == "scope"


async def test_the_characters_are_those_of_the_pages(site: Site, program: NewProgram) -> None:
    found = (await (await program()).get("/characters"))["characters"]
    assert [one["id"] for one in found] == [one.id for one in site.home.characters.list()]


async def test_why_a_toy_does_not_answer_is_told(site: Site, program: NewProgram) -> None:
    caller, [toy] = await program(), await site.home.toys.list()
    await site.home.toys.pause(toy.id, True)
    found = (await caller.get(f"/toys/{toy.id}/check"))["findings"]
    assert {each["check"] for each in found if not each["ok"]} == {"pause", "device"}
    assert await caller.refused("GET", "/toys/nope/check", status=404) == "not_found"


async def test_models_are_shown_and_what_is_of_no_use_is_not_fetched(
    site: Site, program: NewProgram
) -> None:
    caller = await program()
    answer = await caller.get("/models")
    assert answer["fetching"] is None
    assert "base.en" in [model["name"] for model in answer["models"]]
    assert await caller.refused("POST", "/models/nonsense/fetch", status=422) == "refused"
    begun = await caller.call("POST", "/models/base.en/fetch", status=202)
    assert begun["fetching"]["name"] == "base.en"
