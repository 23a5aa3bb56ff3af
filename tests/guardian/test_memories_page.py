"""The page of what toys remember of a child: its lines with their sources, and what a parent does with them."""

from html import unescape

import pytest

from hub.domain.family.children import Child
from hub.domain.family.memories import MAX_MEMORY_CHARS, Memory, MemoryChoice, MemorySource
from hub.domain.talks.talk import Turn, TurnState
from hub.knowledge.memories.wording import mark
from tests.guardian.conftest import Site

PATH = "/children/mia/memories"
DOG = "Mia's dog is called Bruno"


@pytest.fixture(autouse=True)
async def mia(site: Site) -> None:
    await site.home.children.save(Child("mia", "Mia"))


async def learned(site: Site, text: str, turn_id: str = "", about: str = "") -> Memory:
    source = MemorySource.RULES
    memory = Memory(
        f"m-{text}".replace(" ", "-"), "mia", text, source, site.clock.now(), about, 0.6, turn_id
    )
    assert await site.home.store.memories.add(memory, mark(text, "Mia"))
    return memory


async def test_a_parent_switches_it_on_and_off(site: Site) -> None:
    browser = await site.guardian()
    assert "you have not switched it on" in await browser.see(PATH)
    await browser.send(PATH, f"{PATH}/choice", on="yes")
    assert (await site.home.memories.choices())["mia"] == MemoryChoice(is_on=True)
    assert "Nothing yet" in await browser.see(PATH)
    await browser.send(PATH, f"{PATH}/choice")
    assert (await site.home.memories.choices())["mia"] == MemoryChoice()


async def test_each_line_is_shown_with_where_it_comes_from(site: Site) -> None:
    browser, [toy] = await site.guardian(), await site.home.toys.list()
    said = Turn("t1", toy.id, "satellite", site.clock.now(), heard="my dog is called rex")
    said.state = TurnState.DONE
    await site.home.turns.begin(said)
    await learned(site, DOG, "t0", about="name dog")
    await learned(site, "Mia's dog is called Rex", "t1", about="name dog")
    await learned(site, "Mia likes soup", "gone")
    html = unescape(await browser.see(PATH))
    assert "“my dog is called rex”" in html
    assert f"/talks/{said.conversation_id}?turn=t1" in html
    assert f"Before: {DOG} (" in html
    assert "the talk that it comes from is gone" in html
    assert "fairly sure" in html


async def test_lines_are_added_changed_and_erased(site: Site) -> None:
    browser = await site.guardian()
    added = await browser.send(PATH, PATH, text=f"  {DOG} ")
    assert "once you let them remember" in await browser.see(added.headers["Location"])
    [line] = await site.home.memories.list("mia")
    assert (line.text, line.source) == (DOG, MemorySource.PARENT)
    await browser.send(PATH, f"{PATH}/{line.id}", text="Mia's dog is called Rex")
    assert (await site.home.memories.get(line.id)).text == "Mia's dog is called Rex"
    answer = await browser.send(PATH, f"{PATH}/{line.id}/erase")
    assert answer.headers["Location"] == f"{PATH}?done=erased"
    assert await site.home.memories.list("mia") == []
    await browser.send(PATH, f"{PATH}/choice", on="yes")
    added = await browser.send(PATH, PATH, text=DOG)
    assert "know that from the next turn on" in await browser.see(added.headers["Location"])
    await browser.send(PATH, f"{PATH}/erase-all")
    assert await site.home.memories.list("mia") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("...", "There is nothing to remember in it"),
        ("x" * (MAX_MEMORY_CHARS + 1), "at most 200 fit"),
        ("I will kill you, Mia", "The guard does not let a toy say that"),
        (DOG, "Mia's toys know that already"),
    ],
)
async def test_what_can_not_be_remembered_is_said_and_stays_typed(
    site: Site, text: str, why: str
) -> None:
    browser = await site.guardian()
    await site.home.memories.add("mia", DOG)
    answer = await browser.send(PATH, PATH, text=text)
    assert answer.status == 409
    html = unescape(await answer.text())
    assert why in html
    assert f'value="{text}"' in html
    assert len(await site.home.memories.list("mia")) == 1


async def test_another_childs_line_is_not_there(site: Site) -> None:
    browser = await site.guardian()
    await site.home.children.save(Child("tom", "Tom"))
    line = await site.home.memories.add("tom", "Tom likes soup")
    assert "soup" not in await browser.see(PATH)
    assert (await browser.send(PATH, f"{PATH}/{line.id}/erase")).status == 404
    assert (await browser.send(PATH, f"{PATH}/{line.id}", text="x y")).status == 404
    assert (await browser.get("/children/nobody/memories")).status == 404
    assert len(await site.home.memories.list("tom")) == 1


async def test_a_line_is_shown_as_it_is(site: Site) -> None:
    browser = await site.guardian()
    text = "Mia likes <b>soup</b>"
    await learned(site, text)
    html = await browser.see(PATH)
    assert text not in html
    assert text in unescape(html)
