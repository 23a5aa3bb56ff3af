"""Deleting on the pages: out of sight, undone within a minute, and what it can't reach is named."""

from pathlib import Path

from hub.domain.family.children import Child
from hub.domain.household import Adult, ContentKind, LedgerEntry, LedgerKind
from hub.domain.talks.kept import RemovalScope
from tests.guardian.conftest import Site
from tests.guardian.live import listening


async def test_a_turn_is_deleted_and_brought_back(site: Site) -> None:
    await site.home.answer(await site.home.hear("t1", "hello"), "Hi.")
    await site.home.answer(await site.home.hear("t2", "a secret"), "Hm.")
    browser = await site.guardian()
    answer = await browser.send("/turns/t2", "/talks/delete", scope="turn", which="t2")
    assert (answer.status, answer.headers["Location"]) == (303, "/talks#deleted")
    for page in ("/", "/talks?q=secret"):
        assert "turn-t2" not in await browser.see(page)
    html = await browser.see("/talks")
    assert "Deleted: one turn." in html
    removal = html.split('name="removal" value="')[1].split('"')[0]
    answer = await browser.send("/talks", "/talks/undo", removal=removal, back="/talks")
    assert (answer.status, answer.headers["Location"]) == (303, "/talks")
    assert "turn-t2" in await browser.see("/talks?q=secret")


async def test_it_is_too_late_after_a_minute(site: Site) -> None:
    await site.home.answer(await site.home.hear("t1", "hello"), "Hi.")
    browser = await site.guardian()
    removal = await site.home.removals.ask(RemovalScope.TURN, "t1")
    await site.clock.advance(61)
    answer = await browser.send("/talks/kept", "/talks/undo", removal=removal.id)
    assert answer.status == 409
    assert "can&#39;t be undone any more" in await answer.text()
    assert await site.home.removals.erase(removal)
    html = " ".join((await browser.see("/talks/kept")).split())
    assert "One turn</td><td>1</td>" in html


async def test_everything_is_deleted_only_by_who_is_sure(site: Site) -> None:
    await site.home.answer(await site.home.hear("t1", "hello"), "Hi.")
    browser = await site.guardian()
    answer = await browser.send("/talks/kept", "/talks/delete", scope="everything")
    assert answer.status == 409
    assert "Nothing was deleted: to delete everything" in await answer.text()
    answer = await browser.send("/talks/kept", "/talks/delete", scope="everything", sure="yes")
    assert answer.status == 303
    assert "everything that was said, 1 turn." in await browser.see("/talks")
    for fields in ({"scope": "day", "which": "x"}, {"scope": "nonsense"}, {"scope": "older"}):
        assert (await browser.send("/talks/kept", "/talks/delete", **fields)).status == 409


async def test_an_open_page_begins_anew_when_something_is_deleted(site: Site) -> None:
    await site.home.answer(await site.home.hear("t1", "hello"), "Hi.")
    browser = await site.guardian()
    revision = await site.home.revision()
    async with listening(browser, since=revision, show="talk") as stream:
        await site.home.removals.ask(RemovalScope.TURN, "t1")
        await stream.next_of("reload")
    async with listening(browser, since=revision, show="home") as stream:
        await stream.next_of("reload")
    async with listening(browser, since=await site.home.revision(), show="home") as stream:
        await site.home.hear("t2", "goes on")
        assert "goes on" in (await stream.next_turn()).data


async def test_what_deleting_can_not_reach_is_named(site: Site, tmp_path: Path) -> None:
    home = site.home.store
    await home.adults.save(Adult("a", "Ana", "json://127.0.0.1"))
    await home.children.save(Child("mia", "Mia"))
    await home.ledger.add(
        LedgerEntry(site.clock.now(), LedgerKind.LLM, "openrouter", ContentKind.TEXT, 5)
    )
    copy = tmp_path / "backups" / "pommai-0010-20260101T000000Z.db"
    copy.parent.mkdir()
    copy.write_bytes(b"words")
    browser = await site.guardian()
    html = await browser.see("/talks/kept")
    for words in ("What was sent to Ana", "openrouter", copy.name, "Delete all talks of Mia"):
        assert words in html
    assert (await browser.send("/talks/kept", "/talks/copies")).status == 303
    assert not copy.exists()


async def test_a_family_chooses_how_long_talks_are_kept(site: Site) -> None:
    browser = await site.guardian()
    assert "What was said is kept for 30 days" in await browser.see("/talks")
    for days, other, words in (
        ("90", "", "kept for 90 days"),
        ("other", "45", "kept for 45 days"),
        ("0", "", "kept until you delete it"),
    ):
        answer = await browser.send("/talks/kept", "/talks/keep", days=days, other=other)
        assert answer.status == 303
        assert words in await browser.see("/talks")
    for days, other in (("other", "a lot"), ("other", "99999"), ("", ""), ("-1", "")):
        answer = await browser.send("/talks/kept", "/talks/keep", days=days, other=other)
        assert answer.status == 409
        assert "Please choose 1 to 3650 days" in await answer.text()
