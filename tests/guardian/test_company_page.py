"""Who has a toy now, and a friend who visits, on the pages."""

from dataclasses import replace
from html import unescape

from hub.domain.family.children import Child
from hub.domain.toys import Pairing, Satellite, SatelliteState, Toy
from tests.guardian.conftest import Site


async def test_a_parent_says_which_child_has_a_toy(site: Site) -> None:
    [toy] = await site.home.toys.list()
    path = f"/toys/{toy.id}/company"
    browser = await site.guardian()
    assert "Nobody has said yet whose toy" in unescape(await browser.see(path))
    for name in ("Mia", "Tom"):
        await site.home.children.save(Child(name.lower(), name))
    await site.home.children.give(toy.id, ["mia", "tom"])
    await browser.send(path, f"/toys/{toy.id}/hand", child="tom")
    assert 'value="tom" checked' in await browser.see(path)
    [toy] = await site.home.toys.list()
    assert site.home.children.who_has(toy) == "tom"
    wrong = await browser.send(path, f"/toys/{toy.id}/hand", child="paul")
    assert (wrong.status, "not that child’s toy" in unescape(await wrong.text())) == (409, True)


async def test_a_parent_lets_a_friend_visit_and_ends_it(site: Site) -> None:
    [toy] = await site.home.toys.list()
    path = f"/toys/{toy.id}/company"
    browser = await site.guardian()
    wrong = await browser.send(path, f"/toys/{toy.id}/visit", name="Anna", age="40", days="2")
    shown = unescape(await wrong.text())
    assert (wrong.status, 'value="Anna"' in shown, "an age from 1 to 18" in shown) == (
        *(409, True),
        True,
    )
    await browser.send(path, f"/toys/{toy.id}/visit", name="Anna", age="5", days="1")
    shown = unescape(await browser.see(path))
    assert f"Anna, 5, visits {toy.name} until" in shown
    assert "What is said is erased when the visit ends." in shown
    assert "Anna visits until" in unescape(await browser.see(f"/toys/{toy.id}"))
    box = Satellite("id:1", "box", state=SatelliteState.ONLINE, adopted=True, toy_id=toy.id)
    site.home.see(box)
    assert "Anna visits until" in unescape(await browser.see("/"))
    await browser.send(path, f"/toys/{toy.id}/visit/end")
    [toy] = await site.home.toys.list()
    assert toy.visit is None


async def test_a_new_device_is_for_the_toy_that_has_none(site: Site) -> None:
    [bear] = await site.home.toys.list()
    browser, box = await site.guardian(), Satellite("id:1", "box", state=SatelliteState.ONLINE)
    site.home.see(replace(box, adopted=True, toy_id=bear.id))
    for name in ("Hare", "Owl"):
        await site.home.toys.save(Toy(name.lower(), name))
    for device, chosen in (("box 2", "Hare"), ("Owl", "Owl")):
        found = replace(box, key="id:2", name=device, state=SatelliteState.FOUND)
        site.home.see(replace(found, pairing=Pairing.OPEN))
        assert f'<option value="{chosen}" selected>' in await browser.see("/")
