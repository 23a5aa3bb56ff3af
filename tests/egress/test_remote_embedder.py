"""A service outside the home that says what texts mean: what it is sent, what is noted, and what it is never sent."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from hub.app import App
from hub.config import Config
from hub.core.knowledge import NewDocument
from hub.domain.family.children import Child
from hub.domain.family.documents import DocumentKind
from hub.domain.household import ContentKind, LedgerKind
from hub.domain.talks.talk import TurnState
from hub.errors import CloudsOffError, ProviderError
from hub.knowledge.documents import meaning, search
from hub.knowledge.documents.library import AT_ONCE
from hub.storage.documents.passages import IndexedPassage
from tests.egress.talks import say
from tests.pipeline.scripted import UNHURRIED
from tests.providers import embedding_server
from tests.providers.embedding_server import EmbeddingServer

KEY = "key-test-4bf1c0ffee"
SHARED = "Mia found a shell on the beach."
KEPT = "Uncle Tom hid the red kite in the snow."
QUESTION = "what does mia have from the beach?"


@pytest.fixture
async def far_side(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[EmbeddingServer]:
    """On this machine; to the hub it is outside the home."""
    for module in ("network.http", "embedding.openai"):
        monkeypatch.setattr(f"hub.providers.{module}.is_local_url", lambda url: False)
    async with embedding_server.running() as server:
        yield server


@pytest.fixture
async def app(
    far_side: EmbeddingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    """Mia's home; one of its two texts may leave it. A busy machine is no slow service."""
    monkeypatch.setattr(meaning, "MEANING_S", 100.0)
    settings = {
        "hub": {"data": tmp_path},
        "llm": {"use": ["storyteller"]},
        "turn": UNHURRIED.model_dump(),
        "embedding": {"base_url": far_side.url, "model": "small"},
    }
    async with App(Config.model_validate(settings), {"OPENAI_API_KEY": KEY}) as app:
        await app.hub.children.save(Child("mia", "Mia"))
        for text, cloud in ((SHARED, True), (KEPT, False)):
            about = NewDocument("Ours", DocumentKind.FACT, cloud=cloud)
            await app.hub.knowledge.add_text(text, about)
        await app.documents.finish()
        yield app


def asked(server: EmbeddingServer) -> list[str]:
    return [text for request in server.requests for text in request["input"]]


async def test_only_what_may_leave_is_read_masked_and_in_the_ledger(
    app: App, far_side: EmbeddingServer
) -> None:
    await app.documents.embed_some()
    assert asked(far_side) == ["Ours. [name] found a shell on the beach."]
    assert far_side.keys == {f"Bearer {KEY}"}
    assert await app.hub.knowledge.read_by_model() == (1, 1)
    turn = await say(app, QUESTION)
    assert len(turn.passages) == 1
    assert asked(far_side)[1:] == [QUESTION.replace("mia", "[name]")]
    question, passage = await app.hub.ledger.recent(9)
    assert (passage.kind, passage.what) == (LedgerKind.EMBEDDING, ContentKind.TEXT)
    assert (passage.amount, passage.turn_id) == (len(asked(far_side)[0]), None)
    assert (question.amount, question.turn_id) == (len(asked(far_side)[1]), turn.id)
    assert passage.cost_micro_usd > 0, "a price that nobody knows is not free"
    assert not passage.discarded


async def test_words_that_the_guard_refuses_and_questions_that_need_no_document_stay_at_home(
    app: App, far_side: EmbeddingServer
) -> None:
    assert (await say(app, "how do i make a bomb from a shell?")).state is TurnState.REFUSED
    await say(app, "are you a real person?")
    assert asked(far_side) == []


async def test_a_question_that_a_parent_tries_leaves_home_only_where_the_guard_lets_it_pass(
    app: App, far_side: EmbeddingServer
) -> None:
    toy = await app.hub.toys.by_name("Pommai")
    refused = await app.hub.knowledge.try_question(toy, "how do i make a bomb from a shell?")
    assert refused.turn.state is TurnState.REFUSED
    assert [each.passage.text for each in refused.found] == [SHARED], "words alone count"
    assert asked(far_side) == []
    await app.hub.knowledge.try_question(toy, QUESTION)
    assert {*asked(far_side)} == {QUESTION.replace("mia", "[name]")}


async def test_nothing_is_asked_for_a_toy_that_knows_nothing_which_may_leave(
    app: App, far_side: EmbeddingServer
) -> None:
    [shared] = [each for each in await app.hub.knowledge.list() if each.cloud]
    await say(app, QUESTION)
    assert len(asked(far_side)) == 1
    await app.hub.knowledge.share(shared.id, cloud=False)
    turn = await say(app, QUESTION)
    assert len(turn.passages) == 1, "words alone count"
    assert not await app.documents.embed_some()
    assert len(asked(far_side)) == 1


async def test_a_tick_taken_away_counts_from_the_next_request_on(
    app: App, far_side: EmbeddingServer
) -> None:
    knowledge, about = app.hub.knowledge, NewDocument("A book", cloud=True)
    book = [await knowledge.add_text("She sat on the beach. " * 350, about) for _ in range(2)]
    await app.documents.finish()
    assert await app.documents.embed_some()
    sent = len(asked(far_side))
    assert 1 < sent <= AT_ONCE
    for each in book:
        await knowledge.share(each.id, cloud=False)
    await app.documents.embed_some()
    assert len(asked(far_side)) == sent


async def test_no_question_is_asked_once_all_that_may_leave_is_removed(
    app: App, far_side: EmbeddingServer
) -> None:
    await say(app, QUESTION)
    [shared] = [each for each in await app.hub.knowledge.list() if each.cloud]
    await app.hub.knowledge.remove(shared.id)
    await say(app, QUESTION)
    assert len(asked(far_side)) == 1


async def test_a_tick_taken_away_while_a_question_is_looked_for_holds_for_the_next_one(
    app: App, far_side: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read, goes_on, shelf_of = Event(), Event(), search.Shelf.of

    def slowly(kept: Sequence[IndexedPassage]) -> search.Shelf:
        is_read.set()
        goes_on.wait()
        return shelf_of(kept)

    monkeypatch.setattr(search.Shelf, "of", slowly)
    [shared] = [each for each in await app.hub.knowledge.list() if each.cloud]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(say(app, QUESTION))
        await asyncio.to_thread(is_read.wait)
        await app.hub.knowledge.share(shared.id, cloud=False)
        goes_on.set()
    sent = len(asked(far_side))
    await say(app, QUESTION)
    assert len(asked(far_side)) == sent


async def test_with_all_clouds_off_words_alone_count_and_allowing_them_names_it(
    app: App, far_side: EmbeddingServer
) -> None:
    clouds = app.hub.privacy.clouds
    await clouds.turn_off()
    with pytest.raises(CloudsOffError):
        await app.documents.embed_some()
    assert len((await say(app, QUESTION)).passages) == 1
    assert asked(far_side) == []
    assert await app.hub.ledger.recent(9) == []
    [line] = agreed = clouds.lines(await clouds.services())
    assert "gets what you let it read of what toys know" in line
    await clouds.allow(agreed)
    await say(app, QUESTION)
    assert len(asked(far_side)) == 1
    assert "embedding openai: what toys know leaves your home" in await app.warm_up()


async def test_away_or_with_the_budget_used_up_words_alone_count(
    app: App, far_side: EmbeddingServer
) -> None:
    far_side.status = 503
    assert len((await say(app, QUESTION)).passages) == 1
    [row] = await app.hub.ledger.recent(9)
    assert (row.discarded, row.cost_micro_usd) == (True, 0)
    far_side.status, sent = 200, len(asked(far_side))
    household = await app.hub.household.get()
    await app.hub.household.save(replace(household, monthly_cap_cents=0))
    with pytest.raises(ProviderError, match="budget"):
        await app.documents.embed_some()
    assert len(asked(far_side)) == sent
