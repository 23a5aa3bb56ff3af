"""What was said over the API: for the hub's own command line, each answer as the document has it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, UnixConnector

from guardian_web.api.app import answering_owner
from guardian_web.api.openapi import PREFIX
from hub.core.knowledge import NewDocument
from hub.core.owner_socket import socket_path
from hub.domain.api import Scope
from tests.guardian.api.calling import Program
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site
from tests.guardian.household import REFUSED


@pytest.fixture
async def owner(site: Site, tmp_path: Path) -> AsyncIterator[Program]:
    """The command line of this machine."""
    data = tmp_path / "data"
    data.mkdir()
    async with answering_owner(site.home, data, site.clock):
        connector = UnixConnector(path=str(socket_path(data)))
        async with ClientSession(connector=connector) as session:
            yield Program(session, "http://hub", "")


async def furnish(site: Site) -> str:
    """The talk's id."""
    first = await site.home.hear("t1", "why do dogs bark")
    document = await site.home.knowledge.add_text("Dogs bark to talk.", NewDocument(title="Dogs"))
    await site.home.knowledge.finish()
    first.passages = [f"{document.id}:0", "gone:3"]
    await site.home.answer(first, "To talk.")
    refused = await site.home.hear("t2", "how do I hit")
    refused.verdicts = [REFUSED]
    await site.home.answer(refused, "Let's sing.")
    return first.conversation_id


async def test_talks_are_listed_shown_and_searched(site: Site, owner: Program) -> None:
    talk = await furnish(site)
    [line] = (await owner.call("POST", "/talks/list", {"day": "2026-05-04"}))["talks"]
    assert (line["id"], line["turns"], line["refused"]) == (talk, 2, 1)
    assert (await owner.call("POST", "/talks/list", {"before": talk}))["talks"] == []
    page = await owner.get(f"/talks/{talk}")
    assert [turn["heard"] for turn in page["turns"]] == ["why do dogs bark", "how do I hit"]
    told = page["turns"][0]["passages"]
    assert [(each["id"][-2:], each["title"]) for each in told] == [(":0", "Dogs"), (":3", "")]
    [refusal] = page["turns"][1]["refusals"]
    assert (refusal["category"], refusal["reason"]) == ("violence", "speaks of hurting somebody")
    later = await owner.get(f"/talks/{talk}/from/t2")
    assert [turn["id"] for turn in later["turns"]] == ["t2"]
    for asked, found in (
        ({"words": "dog"}, ["t1"]),
        ({"only": ["refused"]}, ["t2"]),
        ({"day": "2026-05-05"}, []),
        ({"limit": 1}, ["t2"]),
        ({"before": "t2"}, ["t1"]),
    ):
        turns = (await owner.call("POST", "/talks/search", asked))["turns"]
        assert [turn["id"] for turn in turns] == found, asked


async def test_a_turn_is_noted_and_the_corrections_are_told(site: Site, owner: Program) -> None:
    await furnish(site)
    kept = {"bookmarked": True, "note": "sweet", "correction": "wrongly_refused"}
    assert await owner.call("PUT", "/turns/t2/note", kept) == kept
    told = await owner.get("/talks/corrections")
    assert (told["wrongly_refused"], told["wrongly_allowed"]) == (1, 0)
    assert [turn["kept"] for turn in told["turns"]] == [kept]


async def test_what_is_deleted_comes_back_within_a_minute(site: Site, owner: Program) -> None:
    talk = await furnish(site)
    removal = await owner.call("POST", "/talks/removals", {"scope": "talk", "which": talk})
    assert (removal["turns"], removal["state"]) == (2, "waiting")
    assert (await owner.get("/talks/removals"))["removals"] == [removal]
    assert await owner.refused("GET", f"/talks/{talk}", status=404) == "not_found"
    await owner.call("DELETE", f"/talks/removals/{removal['id']}")
    assert len((await owner.get(f"/talks/{talk}"))["turns"]) == 2
    again = await owner.call("POST", "/talks/removals", {"scope": "everything"})
    await site.clock.advance(61)
    late = await owner.refused("DELETE", f"/talks/removals/{again['id']}", status=422)
    assert late == "refused"


async def test_how_long_talks_are_kept(owner: Program) -> None:
    assert (await owner.get("/talks/retention"))["days"] == 30
    answer = await owner.call("PUT", "/talks/retention", {"days": 90})
    assert (answer["days"], answer["chosen"]) == (90, True)


async def test_every_turn_is_a_line(site: Site, owner: Program) -> None:
    talk = await furnish(site)
    for asked, count in (({}, 2), ({"talk": talk}, 2), ({"since": "2026-05-05"}, 0)):
        async with owner.session.post(f"http://hub{PREFIX}/talks/export", json=asked) as answer:
            lines = (await answer.text()).splitlines()
        assert [json.loads(line)["id"] for line in lines] == ["t1", "t2"][:count]


async def test_what_can_not_be_is_said(site: Site, owner: Program) -> None:
    for method, path, body, status in (
        ("GET", "/talks/nope", None, 404),
        ("GET", "/talks/nope/from/t1", None, 404),
        ("POST", "/talks/removals", {"scope": "turn", "which": "nope"}, 404),
        ("POST", "/talks/removals", {"scope": "older", "which": ""}, 422),
        ("POST", "/talks/removals", {"scope": "nonsense"}, 422),
        ("POST", "/talks/removals", {"scope": "day", "which": "soon"}, 422),
        ("DELETE", "/talks/removals/nope", None, 404),
        ("PUT", "/turns/nope/note", {"bookmarked": True}, 404),
        ("PUT", "/turns/t1/note", {"note": "n" * 2001}, 422),
        ("POST", "/talks/search", {"words": "!!"}, 422),
        ("POST", "/talks/search", {"words": "w" * 201}, 422),
        ("POST", "/talks/list", {"day": "2026-13-01"}, 422),
        ("PUT", "/talks/retention", {"days": -1}, 422),
    ):
        await owner.refused(method, path, body, status=status)


async def test_no_token_reads_what_was_said(site: Site, program: NewProgram) -> None:
    talk = await furnish(site)
    everything = await program(*(set(Scope) - {Scope.OWNER}))
    for method, path in (
        ("GET", f"/talks/{talk}"),
        ("POST", "/talks/search"),
        ("POST", "/talks/export"),
        ("POST", "/talks/removals"),
        ("GET", "/talks/corrections"),
    ):
        assert await everything.refused(method, path, status=403) == "scope"
