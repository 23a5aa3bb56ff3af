"""Who has a toy now, and a friend who visits, on the pages."""

from html import unescape

from hub.domain.family.children import Child
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
    await browser.send(path, f"/toys/{toy.id}/visit/end")
    [toy] = await site.home.toys.list()
    assert toy.visit is None
