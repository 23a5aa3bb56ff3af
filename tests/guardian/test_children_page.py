"""The children's pages: who is added, what is refused and why, and what goes with a profile."""

from dataclasses import astuple
from html import unescape

import pytest

from hub.domain.family.children import Child
from hub.domain.family.voice_hints import AGREED_TO
from hub.domain.talks.talk import Turn
from tests.guardian.conftest import Site

FILLED = {"name": "Mia", "day": "17", "month": "5", "year": "2019", "pronouns": "she/her"}
TOLD = {"likes": "dinosaurs", "avoid": "spiders", "gentle": "the dark", "languages": "Tamil"}
MIA = Child("mia", "Mia", 2019, 5, 17, "she/her")


async def test_a_child_is_added_and_changed(site: Site) -> None:
    browser = await site.guardian()
    assert "Who is going to talk with the toys?" in await browser.see("/children")
    answer = await browser.send("/children", "/children", **FILLED, **TOLD)
    [child] = await site.home.children.list()
    assert child == Child(child.id, *astuple(MIA)[1:6], *TOLD.values())
    path = f"/children/{child.id}"
    assert answer.headers["Location"] == f"{path}?done=added"
    html = unescape(await browser.see(path))
    assert '<option value="5" selected>May</option>' in html
    assert "For your child’s age it is <strong>Strict</strong>" in html
    await browser.send(path, path, name="Mia", level="moderate")
    assert '<option value="moderate" selected>' in await browser.see(path)
    assert "<dd>Moderate</dd>" in await browser.see(f"{path}/export?form=print")
    [toy] = await site.home.toys.list()
    await site.home.children.give(toy.id, [child.id])
    assert "Mia’s own level</a> is <strong>Moderate</strong>" in await browser.see(
        f"/toys/{toy.id}"
    )
    await browser.send(path, path, name="  Mia   Rose ", year="2019")
    assert await site.home.children.get(child.id) == Child(child.id, "Mia Rose", 2019)
    assert "Mia Rose" in await browser.see("/children")
    assert "7 years old" in await browser.see("/children")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": " "}, "Please give your child's name."),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"year": ""}, "Please give the year, too."),
        ({"month": ""}, "Please give the month, too."),
        ({"year": "19"}, "the year in four digits"),
        ({"year": "２０１９"}, "the year in four digits"),
        ({"month": "2", "day": "30"}, "There is no such day."),
        ({"month": "13"}, "There is no such day."),
        ({"year": "2027"}, "Please give a birthday from 2008 to today."),
        ({"year": "1990"}, "Please give a birthday from 2008 to today."),
        ({"pronouns": "p" * 21}, "at most 20 characters"),
        ({"level": "lax"}, "Please choose one of these."),
        ({"gentle": "p" * 301}, "at most 300 characters"),
        ({"name": "tOM"}, "There is a child called tOM already."),
    ],
)
async def test_what_can_not_be_is_said_and_what_was_typed_stays(
    site: Site, changed: dict[str, str], why: str
) -> None:
    browser = await site.guardian()
    await site.home.children.save(Child("tom", "Tom"))
    await site.home.children.save(MIA)
    before = await site.home.children.list()
    for path in ("/children", "/children/mia"):
        answer = await browser.send(path, path, **FILLED | {"name": "Mia R."} | changed)
        assert answer.status == 409
        html = unescape(await answer.text())
        assert why in html
        assert f'value="{(changed | {"x": FILLED["pronouns"]}).get("pronouns", "she/her")}"' in html
    assert await site.home.children.list() == before


async def test_an_archived_child_has_no_toy_and_can_be_taken_back(site: Site) -> None:
    browser, [toy] = await site.guardian(), await site.home.toys.list()
    await site.home.children.save(MIA)
    await site.home.children.give(toy.id, ["mia"])
    await browser.send("/children/mia", "/children/mia/archive", archived="yes")
    assert (await site.home.toys.list())[0].child_ids == frozenset()
    assert "Archived" in await browser.see("/children")
    assert "Mia" not in await browser.see(f"/toys/{toy.id}")
    await browser.send("/children/mia", "/children/mia/archive")
    assert await site.home.children.list() == [MIA]


async def test_what_goes_with_a_profile_is_told_before_it_goes(site: Site) -> None:
    browser, [toy] = await site.guardian(), await site.home.toys.list()
    await site.home.children.save(MIA)
    await site.home.children.give(toy.id, ["mia"])
    said = Turn("t1", toy.id, "satellite", site.clock.now(), child_id="mia", heard="hello")
    await site.home.turns.begin(said)
    html = await browser.see("/children/mia")
    assert "1 exchange that we know to be Mia’s" in html
    answer = await browser.send("/children/mia", "/children/mia/remove")
    assert answer.headers["Location"] == "/children#deleted"
    assert await site.home.children.list(archived=True) == []
    assert (await site.home.toys.list())[0].child_ids == frozenset()
    assert (await browser.get("/children/mia")).status == 404
    assert "Mia, with all that was said" in await browser.see("/children")
    [removal] = await site.home.removals.list()
    await browser.send("/children", "/talks/undo", removal=removal.id, back="/children")
    assert await site.home.children.list() == [MIA]
    assert (await site.home.toys.list())[0].child_ids == {"mia"}


async def test_a_voice_hint_is_agreed_to_shown_and_erased(site: Site) -> None:
    browser = await site.guardian()
    await site.home.children.save(MIA)
    assert "27 MB" in await browser.see("/children/mia")
    refused = await browser.send("/children/mia", "/children/mia/voice-hint")
    assert (refused.status, await site.home.voice_hints.list()) == (409, [])
    assert "Please tick that you agree" in await refused.text()
    await browser.send("/children/mia", "/children/mia/voice-hint", agreed="yes")
    [hint] = await site.home.voice_hints.list()
    assert (hint.child_id, hint.agreed_to) == ("mia", AGREED_TO)
    html = await browser.see("/children/mia")
    assert "Learned from 0 of 5 sentences so far" in html
    assert "is on its way" in html, "the model is fetched now"
    assert "A voice hint for Mia" in await browser.see("/privacy")
    assert "in 0 sentences" in await browser.see("/children/mia/export")
    await browser.send("/children/mia", "/children/mia/voice-hint/erase")
    assert await site.home.voice_hints.list() == []
    assert "what was known of the voice is erased" in await browser.see(
        "/children/mia?done=hint-erased"
    )


async def test_a_childs_name_is_shown_as_it_is(site: Site) -> None:
    browser, name = await site.guardian(), "<script>x</script>"
    await site.home.children.save(Child("x", name))
    for path in ("/children", "/children/x"):
        html = await browser.see(path)
        assert name not in html
        assert name in unescape(html)
