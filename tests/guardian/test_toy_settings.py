"""A toy's settings: what is saved, what is refused and why, and that nothing typed is lost."""

from dataclasses import replace
from html import unescape

import pytest

from hub.domain.family.children import Child
from hub.domain.safety import Category, SafetyLevel
from hub.domain.toys import Patience, Toy
from tests.guardian.conftest import Browser, Site, path_of_toy

MIA = Child("mia", "Mia", 2020)
FILLED = {
    "name": "Bear",
    "child-mia": "yes",
    "level": "moderate",
    "topics": "santa\r\n\r\n  grandpa's   illness \r\n",
    "threshold-violence": "1",
    "threshold-scary": "",
    "language": "de",
    "voice": "anna",
    "patience": "patient",
}


async def saved(site: Site) -> Toy:
    return (await site.home.toys.list())[0]


async def refusal(browser: Browser, path: str, **changed: str) -> str:
    answer = await browser.send(path, path, **FILLED | changed)
    assert answer.status == 409
    return unescape(await answer.text())


async def test_a_second_toy_is_added_by_its_name_and_is_as_careful_as_the_first_was(
    site: Site,
) -> None:
    browser, [first] = await site.guardian(), await site.home.toys.list()
    answer = await browser.send("/toys", "/toys", name="  Old   Fox ")
    [fox] = [toy for toy in await site.home.toys.list() if toy != first]
    assert answer.headers["Location"] == f"/toys/{fox.id}"
    assert fox == Toy(fox.id, "Old Fox", tells_of_reading=True)
    assert "Old Fox" in await browser.see("/toys")


@pytest.mark.parametrize(
    ("name", "why"),
    [("  ", "give it a name"), ("x" * 200, "too long"), ("pommai", "called pommai already")],
)
async def test_no_toy_is_added_without_a_name_of_its_own(site: Site, name: str, why: str) -> None:
    browser, before = await site.guardian(), await site.home.toys.list()
    answer = await browser.send("/toys", "/toys", name=name)
    assert answer.status == 409
    page = unescape(await answer.text())
    assert why in page
    assert f'value="{name.strip()}"' in page
    assert await site.home.toys.list() == before


async def test_everything_on_the_page_is_saved(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    before = await saved(site)
    await site.home.toys.save(replace(before, voice=replace(before.voice, settings={"speed": 0.9})))
    answer = await browser.send(path, path, **FILLED)
    assert answer.headers["Location"] == f"{path}?done=saved"
    toy = await saved(site)
    assert toy == replace(
        before,
        name="Bear",
        child_ids=frozenset({"mia"}),
        safety_level=SafetyLevel.MODERATE,
        blocked_topics=frozenset({"santa", "grandpa's illness"}),
        thresholds={Category.VIOLENCE: 1},
        language="de",
        voice=replace(before.voice, name="anna", settings={"speed": 0.9}),
        patience=Patience.PATIENT,
    )
    html = unescape(await browser.see(f"{path}?done=saved"))
    assert "Saved." in html
    assert "grandpa's illness\nsanta</textarea>" in html
    assert '<option value="1" selected>hardly more than “nothing at all”</option>' in html


@pytest.mark.parametrize("value", ["5", "7", "9", "-1", "1.5", "x", "²", "1" * 5000])
async def test_no_form_loosens_the_floor_of_a_level(site: Site, value: str) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    html = await refusal(browser, path, **{"threshold-violence": value})
    assert "Violence: that is less strict than Moderate." in html
    assert "You can make it stricter than the level, but not less strict." in html
    assert (await saved(site)).thresholds == {}


async def test_the_floor_itself_is_no_setting_of_its_own(site: Site) -> None:
    """Else it would loosen nothing now, and stay behind when the level becomes laxer."""
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    await browser.send(path, path, **FILLED | {"threshold-violence": "4"})
    assert (await saved(site)).thresholds == {}


@pytest.mark.parametrize("category", ["blocked_topic", "unchecked", "none"])
async def test_what_is_never_let_through_can_not_be_chosen(site: Site, category: str) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    assert f'name="threshold-{category}"' not in await browser.see(path)
    await browser.send(path, path, **FILLED | {f"threshold-{category}": "7"})
    assert (await saved(site)).thresholds == {Category.VIOLENCE: 1}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "  "}, "Please give it a name."),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"child-gone": "yes"}, "A child that was chosen is not in this household any more."),
        ({"level": "none"}, "Please choose one of the three."),
        ({"topics": "\n".join(f"topic {n}" for n in range(51))}, "51 topics are too many"),
        ({"topics": "t" * 81}, "a topic has at most 80 characters"),
        ({"language": "xx"}, "a language from the list"),
        ({"voice": "v" * 201}, "at most 200 characters"),
        ({"patience": "endless"}, "Please choose one of the three."),
    ],
)
async def test_what_can_not_be_saved_is_said_and_all_that_was_typed_stays(
    site: Site, changed: dict[str, str], why: str
) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    before = await saved(site)
    html = await refusal(browser, path, **changed)
    assert why in html
    typed = FILLED | changed
    for name in ("name", "language", "voice"):
        assert f'value="{" ".join(typed[name].split())}"' in html or name in changed
    assert typed["topics"].split("\r\n")[0].split("\n")[0] in html
    assert '<option value="1" selected>' in html
    assert 'name="child-mia" value="yes" data-level="strict" checked' in html
    assert await saved(site) == before


async def test_another_toys_name_is_refused_in_one_line(site: Site) -> None:
    await site.home.toys.save(Toy("z", "Bear"))
    await site.home.children.save(MIA)
    browser = await site.guardian()
    html = await refusal(browser, "/toys/z", name="Pommai")
    assert "there is a toy called Pommai already" in html


async def test_a_toy_has_as_many_children_as_a_parent_chooses(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    await site.home.children.save(Child("tom", "Tom"))
    await browser.send(path, path, **FILLED | {"child-tom": "yes"})
    assert (await saved(site)).child_ids == {"mia", "tom"}
    assert (await saved(site)).child_id is None
    assert "For Mia, Tom" in await browser.see("/toys")
    await browser.send(path, path, **FILLED)
    assert (await saved(site)).child_id == "mia"


async def test_the_level_that_fits_the_youngest_is_marked(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(replace(MIA, birth_year=2017))
    await site.home.children.save(Child("tom", "Tom", 2014))
    await browser.send(path, path, **FILLED | {"child-tom": "yes"})
    html = await browser.see(path)
    assert 'fitting" data-level="moderate">' in html
    assert 'fitting" data-level="strict" hidden>' in html


async def test_a_toy_that_is_not_there_is_a_lost_page(site: Site) -> None:
    assert (await (await site.guardian()).get("/toys/nope")).status == 404


async def test_every_toy_is_listed_with_what_is_set(site: Site) -> None:
    browser, path = await site.guardian(), await path_of_toy(site)
    await site.home.children.save(MIA)
    await browser.send(path, path, **FILLED)
    html = await browser.see("/toys")
    assert f'<a href="{path}">Bear</a>' in html
    assert "For Mia" in html
    assert "2 blocked topics" in html
    assert "1 made stricter than the level" in html
