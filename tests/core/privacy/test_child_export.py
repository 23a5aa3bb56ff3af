"""All that is kept of one child: nothing of theirs is missing, and no other child's words are in it."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.core.privacy.child_export import child_export
from hub.core.privacy.export import ROWS_AT_ONCE
from hub.domain.family.children import Child
from hub.domain.family.memories import Memory, MemoryChoice, MemorySource
from hub.domain.family.voice_hints import VoiceHint
from hub.domain.play.limits import DayLimits, PlayLimits, Whose
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.talks.kept import RemovalScope, TurnNote
from hub.domain.talks.talk import Turn, TurnState
from hub.events import Bus
from hub.storage.schema import metadata
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household
from tests.storage.talk import turn

MIA, TOM = Child("mia", "Mia", 2019, 5, 17, "she/her"), Child("tom", "Tom")
OF_NO_CHILD = frozenset(
    {"household", "satellites", "house_services", "conversations", "documents", "passages"}
    | {"removals", "deliveries", "adults", "ledger", "voice_consents", "guardians", "audit_log"}
    | {"api_tokens", "invitations", "recovery_codes", "guardian_sessions", "counters", "meta"}
    | {"hidden_turns", "erased_memories", "forgotten_turns", "gone", "toy_children", "personas"}
    | {"passkeys", "visits"}
)
"""Tables that hold nothing of one child, or only what says it without their words and beside the rest."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    database = await open_household(tmp_path, clock)
    yield Store(database, Bus(), clock)
    await database.aclose()


async def said(store: Store, clock: FakeClock, heard: str, child: Child | None) -> Turn:
    [toy] = await store.toys.list()
    one = turn(toy.id, clock.now(), heard, child_id=child.id if child else None)
    one.state, one.audio_in_ms = TurnState.DONE, 30_000
    return await store.turns.begin(one)


async def family(store: Store, clock: FakeClock) -> tuple[Turn, Turn]:
    """They share a toy, and something was said by each, and by nobody knows who."""
    await store.children.save(MIA)
    await store.children.save(TOM)
    [toy] = await store.toys.list()
    await store.toys.give(toy.id, [MIA.id, TOM.id])
    mias = await said(store, clock, "wombats dig", MIA)
    toms = await said(store, clock, "okapis hide", TOM)
    await said(store, clock, "lemurs leap", None)
    for child, word in ((MIA, "quokka"), (TOM, "numbat")):
        await store.memories.choose(child.id, MemoryChoice(is_on=True))
        line = Memory(word, child.id, f"{child.name} has a {word}", MemorySource.RULES, clock.now())
        await store.memories.add(line, word)
        hint = VoiceHint(word, child.id, clock.now(), "I agree.", "m", word.encode(), 7)
        await store.voice_hints.agree(hint)
        await store.play.save(
            Whose(child_id=child.id), PlayLimits(weekday=DayLimits(minutes=len(word)))
        )
    await store.turn_notes.save(TurnNote(mias.id, text="bandicoot"))
    await store.turn_notes.save(TurnNote(toms.id, text="echidna"))
    return mias, toms


async def exported(store: Store, child: Child) -> dict[str, list[Any]]:
    parts: defaultdict[str, list[Any]] = defaultdict(list)
    async with aclosing(child_export(store, child.id)) as pieces:
        async for part, rows in pieces:
            parts[part] += rows
    json.dumps(parts)
    return parts


async def test_all_of_a_child_is_in_it_and_nothing_of_another(
    store: Store, clock: FakeClock
) -> None:
    await family(store, clock)
    parts = await exported(store, MIA)
    assert [row["name"] for row in parts["children"]] == ["Mia"]
    assert [row["heard"] for row in parts["turns"]] == ["wombats dig"]
    assert [row["text"] for row in parts["memories"]] == ["Mia has a quokka"]
    assert [row["text"] for row in parts["turn_notes"]] == ["bandicoot"]
    assert parts["play_limits"][0]["limits"]["weekday"]["minutes"] == len("quokka")
    assert set(parts["toys"][0]) == {"id", "name"}
    [hint] = parts["voice_hints"]
    assert (hint["agreed_to"], hint["utterances"], "voice" in hint) == ("I agree.", 7, False)
    [figures] = parts["figures"]
    assert (figures["exchanges"], figures["minutes"]) == (1, 0.5)
    text = json.dumps(parts)
    for word in ("okapis", "lemurs", "numbat", "echidna", "Tom"):
        assert word not in text


async def test_an_alert_is_in_it_only_where_all_that_it_is_about_is_the_childs(
    store: Store, clock: FakeClock
) -> None:
    mias, toms = await family(store, clock)
    for id_, first, last in (
        ("hers", mias, None),
        ("his", toms, None),
        ("both", mias, toms.id),
    ):
        alert = Alert(
            id_, AlertLevel.WARNING, Category.SCARY, id_, clock.now(), mias.toy_id, first.id
        )
        await store.alerts.add(replace(alert, last_turn_id=last))
    assert [row["id"] for row in (await exported(store, MIA))["alerts"]] == ["hers"]


async def test_what_was_just_deleted_is_not_in_it_and_many_turns_are(
    store: Store, clock: FakeClock
) -> None:
    mias, _ = await family(store, clock)
    await store.removals.hide(RemovalScope.TURN, mias.id, datetime(2030, 1, 1, tzinfo=UTC))
    for number in range(ROWS_AT_ONCE + 5):
        await said(store, clock, f"words {number}", MIA)
    parts = await exported(store, MIA)
    assert [row["heard"] for row in parts["turns"]] == [
        f"words {number}" for number in range(ROWS_AT_ONCE + 5)
    ]
    assert parts["turn_notes"] == []


async def test_of_each_table_it_is_decided_whether_it_holds_something_of_a_child(
    store: Store, clock: FakeClock
) -> None:
    mias, _ = await family(store, clock)
    alert = Alert("a", AlertLevel.WARNING, Category.SCARY, "a", clock.now(), mias.toy_id, mias.id)
    await store.alerts.add(alert)
    parts = {*await exported(store, MIA)} - {"figures"}
    assert parts | {"play_grants", "games"} | OF_NO_CHILD == set(metadata.tables)
