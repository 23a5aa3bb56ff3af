"""A copy of all that is kept of one child, saved from their page: as a file, and as a page to print."""

import json
from dataclasses import replace
from html import unescape

import pytest

from hub.domain.family.children import Child
from hub.domain.play.limits import DayLimits, PlayLimits, Whose
from hub.domain.talks.talk import Turn, TurnState
from tests.guardian.conftest import Site

MIA, TOM = Child("mia", "Mia <3", 2019, 5), Child("tom", "Tom")


async def said(site: Site) -> None:
    await site.home.children.save(MIA)
    await site.home.children.save(TOM)
    [toy] = await site.home.toys.list()
    await site.home.children.give(toy.id, ["mia", "tom"])
    for child, heard in (("mia", "why do wombats dig"), ("tom", "where do okapis hide")):
        turn = Turn(f"t-{child}", toy.id, "satellite", site.clock.now(), heard=heard)
        await site.home.turns.begin(replace(turn, child_id=child, state=TurnState.DONE))
    limits = PlayLimits(weekday=DayLimits(minutes=45))
    await site.home.play.save(Whose(child_id="mia"), limits)


async def test_the_file_is_one_object_with_a_list_for_each_part(site: Site) -> None:
    await said(site)
    browser = await site.guardian()
    assert "A file (JSON)" in await browser.see("/children/mia")
    answer = await browser.get("/children/mia/export?form=json")
    assert "attachment" in answer.headers["Content-Disposition"]
    copy = json.loads(await answer.text())
    assert [row["name"] for row in copy["children"]] == ["Mia <3"]
    assert [row["heard"] for row in copy["turns"]] == ["why do wombats dig"]
    assert copy["figures"][0]["exchanges"] == 1


async def test_the_page_to_print_tells_of_one_child_alone(site: Site) -> None:
    await said(site)
    html = await (await site.guardian()).see("/children/mia/export")
    page = unescape(html)
    for words in (
        "All that is kept of Mia <3",
        "45 minutes a day",
        "why do wombats dig",
        "2019-05",
    ):
        assert words in page
    assert "Mia <3" not in html
    assert "okapis" not in html
    assert "Tom" not in html


@pytest.mark.parametrize(("path", "status"), [("nobody/export", 404), ("mia/export?form=csv", 400)])
async def test_what_is_not_there_is_told(site: Site, path: str, status: int) -> None:
    await said(site)
    assert (await (await site.guardian()).get(f"/children/{path}")).status == status
