"""A toy saved as a file on its page, and taken in from a file on another household's."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData
from playwright.async_api import FilePayload, Page, expect

from hub.core.moving.archive import read
from hub.core.moving.parts import MAX_FILE_BYTES
from hub.domain.family.children import Child
from tests.guardian.browser import Hub, reads_well, set_up
from tests.guardian.conftest import Browser, Site

PAGE = "/toys/import"


async def bear(site: Site) -> str:
    """Bear's address; it is Lucy's, who likes trains."""
    home = site.home
    [toy] = await home.toys.list()
    lucy = await home.children.save(Child("lucy", "Lucy"))
    await home.toys.save(replace(toy, name="Bear", child_ids=frozenset({lucy.id})))
    await home.memories.add("lucy", "Lucy likes trains")
    return f"/toys/{toy.id}"


async def saved(browser: Browser, toy: str, child: str = "") -> bytes:
    answer = await browser.send(f"{toy}/export", f"{toy}/export", child=child)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bear.pommai-toy.zip"'
    return await answer.read()


async def send(
    browser: Browser, *files: bytes, csrf: str | None = None, **fields: str
) -> ClientResponse:
    if csrf is None:
        found = re.search(r'name="csrf" value="(\w+)"', await browser.see(PAGE))
        assert found
        csrf = found[1]
    form = FormData({"csrf": csrf, **fields}, default_to_multipart=True)
    for file in files:
        form.add_field("file", file, filename="bear.zip")
    return await browser.session.post(
        browser.origin + PAGE, data=form, headers={"Origin": browser.origin}, allow_redirects=False
    )


async def test_a_toy_leaves_as_a_file_and_comes_in_with_another_name(site: Site) -> None:
    toy, browser = await bear(site), await site.guardian()
    content = await saved(browser, toy)
    assert read(content).memories is None
    answer = await send(browser, content, name="Bear the second")
    assert answer.status == 200
    html = unescape(await answer.text())
    assert "Bear the second is here." in html
    assert "What is different here" not in html
    second = await site.home.toys.by_name("Bear the second")
    assert second.child_ids == frozenset()
    assert second.persona == (await site.home.toys.by_name("Bear")).persona


async def test_memories_come_along_only_by_choice_and_are_told_where_they_are_left(
    site: Site,
) -> None:
    toy, browser = await bear(site), await site.guardian()
    assert "comes along for Lucy" in await browser.see(f"{toy}/export")
    content = await saved(browser, toy, "lucy")
    memories = read(content).memories
    assert memories
    assert [line.text for line in memories.lines] == ["Lucy likes trains"]
    html = unescape(await (await send(browser, content, name="B")).text())
    assert "What it remembered of Lucy did not come along." in html


async def test_memories_of_another_s_child_do_not_leave(site: Site) -> None:
    toy, browser = await bear(site), await site.guardian()
    await site.home.children.save(Child("mia", "Mia"))
    answer = await browser.send(f"{toy}/export", f"{toy}/export", child="mia")
    assert answer.status == 409
    assert "does not talk with this toy" in await answer.text()


@pytest.mark.parametrize(
    ("files", "fields", "why"),
    [
        ([], {}, "The file did not come along"),
        ([b"Hello"], {}, "can't be read as a ZIP"),
        ([bytes(MAX_FILE_BYTES + 1)], {}, "too big for a toy's"),
        ([b"x"], {"name": "x" * 61}, "at most 60 characters"),
    ],
)
async def test_what_is_no_toy_s_file_is_told_at_its_field(
    site: Site, files: list[bytes], fields: dict[str, str], why: str
) -> None:
    answer = await send(await site.guardian(), *files, **fields)
    html = unescape(await answer.text())
    assert answer.status == 409
    assert why in html
    assert 'aria-describedby="file-problem" aria-invalid="true"' in html
    assert len(await site.home.toys.list()) == 1


async def test_a_name_that_is_taken_stays_in_its_field(site: Site) -> None:
    toy, browser = await bear(site), await site.guardian()
    answer = await send(browser, await saved(browser, toy), name="BEAR")
    assert answer.status == 409
    html = unescape(await answer.text())
    assert "there is a toy called BEAR already" in html
    assert 'value="BEAR"' in html


async def test_only_a_page_of_the_hub_itself_takes_a_toy_in(site: Site) -> None:
    toy, browser = await bear(site), await site.guardian()
    content = await saved(browser, toy)
    assert (await send(browser, content, csrf="0", name="B")).status == 403
    stranger = await send(await site.browser(), content, csrf="0", name="B")
    assert stranger.headers["Location"] == "/sign-in"
    assert len(await site.home.toys.list()) == 1


async def test_a_parent_moves_a_toy_in_a_browser(page: Page, hub: Hub, tmp_path: Path) -> None:
    async with hub.running() as home:
        await set_up(page, hub)
        await page.goto(f"{hub.url}toys")
        await page.get_by_role("link", name="Pommai", exact=True).last.click()
        await page.get_by_role("link", name="Move it to another home").click()
        await reads_well(page)
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Save as a file").click()
        file = tmp_path / "toy.zip"
        await (await download.value).save_as(file)
        await page.goto(f"{hub.url}toys")
        await page.get_by_role("link", name="A toy from a file").click()
        await reads_well(page)
        await page.get_by_label("The file").set_input_files(
            FilePayload(name="toy.zip", mimeType="application/zip", buffer=file.read_bytes())
        )
        await page.get_by_role("button", name="Let it move in").click()
        await expect(page.get_by_role("alert")).to_contain_text("called Pommai already")
        await reads_well(page)
        await page.get_by_label("The file").set_input_files(file)
        await page.get_by_label("Call it").fill("Mimi")
        await page.get_by_role("button", name="Let it move in").click()
        await expect(page.get_by_text("Mimi is here.")).to_be_visible()
        await reads_well(page)
        assert {toy.name for toy in await home.toys.list()} == {"Pommai", "Mimi"}
