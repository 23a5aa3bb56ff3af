"""A model at home that says what passages mean: what it has read is put in a better order, and it may be away."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Set
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.config import Config
from hub.domain.family.documents import Document, DocumentKind
from hub.domain.toys import Toy
from hub.errors import ConfigError, ProviderError
from hub.events import Bus
from hub.knowledge.documents import library
from hub.knowledge.documents.meaning import ANY_WORDS, AWAY_S, PART_CHARS, Meanings, parts
from hub.providers.base import ProviderSetup
from hub.providers.embedding.openai import MAX_DIMENSIONS, OpenAiEmbedder
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.knowledge.documents.shelf import Shelf
from tests.new_household import open_household
from tests.pipeline.turns import until
from tests.providers import embedding_server
from tests.providers.embedding_server import EmbeddingServer

BEACH = "Uncle Tom found the red kite behind a green cupboard on the beach at Dover."
SNOWY = [f"The red kite number {number} hangs in the snow." for number in range(5)]
ASKED = "where is the red maritime kite?"


def setup(**section: str) -> ProviderSetup:
    return ProviderSetup(Config.model_validate({"embedding": section}), {})


def embedder(url: str, model: str = "small") -> OpenAiEmbedder:
    found = OpenAiEmbedder.chosen(setup(base_url=url, model=model))
    assert found
    return found


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding_server.running() as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def shelf(tmp_path: Path, server: EmbeddingServer, clock: FakeClock) -> AsyncIterator[Shelf]:
    bus = Bus()
    database = await open_household(tmp_path, clock)
    shelf = Shelf(Store(database, bus, clock), bus, clock)
    model = shelf.embedder = embedder(server.url)
    shelf.start()
    yield shelf
    await model.aclose()
    await database.aclose()


async def furnished(shelf: Shelf) -> Document:
    for text in SNOWY:
        await shelf.add(text)
    beach = await shelf.add(BEACH)
    await shelf.library.finish()
    return beach


async def read_all(shelf: Shelf) -> None:
    while await shelf.library.embed_some():
        """A part at a time."""


async def test_what_is_meant_comes_before_what_only_shares_words(shelf: Shelf) -> None:
    await furnished(shelf)
    assert BEACH not in await shelf.texts(ASKED)
    await read_all(shelf)
    assert BEACH in await shelf.texts(ASKED)
    assert await shelf.texts("good night") == []


async def test_what_a_family_wrote_is_found_without_a_word_of_the_question(shelf: Shelf) -> None:
    shell = "We keep a shell from the beach in the hall."
    bear = Toy(id="bear", name="Bear")
    await shelf.store.toys.save(bear)
    for number in range(15):
        await shelf.add(f"Aunt number {number} sings.")
    await shelf.add(shell, bear.id)
    await shelf.library.finish()
    await read_all(shelf)
    assert await shelf.texts("what maritime things are there?", bear) == [shell]
    assert await shelf.texts("what maritime things are there?") == []
    assert await shelf.texts("maritime things", bear) == []


async def test_what_the_model_reads_while_a_question_is_looked_for_is_found_for_the_next_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read, goes_on, meanings_of = Event(), Event(), Meanings.of

    def slowly(kept: Mapping[int, bytes], own: Set[int], dimensions: int) -> Meanings:
        is_read.set()
        goes_on.wait()
        return meanings_of(kept, own, dimensions)

    for number in range(15):
        await shelf.add(f"Aunt number {number} sings.")
    await shelf.library.finish()
    await read_all(shelf)
    monkeypatch.setattr(Meanings, "of", slowly)
    question = "what maritime things are there?"
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(shelf.texts(question))
        await asyncio.to_thread(is_read.wait)
        await shelf.add("We keep a shell from the beach in the hall.")
        await shelf.library.finish()
        await read_all(shelf)
        goes_on.set()
    assert len(await shelf.texts(question)) == 1


async def test_a_long_passage_is_read_in_parts_and_its_nearest_counts(
    shelf: Shelf, server: EmbeddingServer
) -> None:
    around = "Then it snowed on the hills, and again it snowed until the evening. " * 6
    middle = "They sang about it, and went on singing for hours. " * 8
    long = f"{around}The red kite flew over the beach. {middle}{around}"
    for text in SNOWY:
        await shelf.add(text)
    await shelf.add(long, kind=DocumentKind.DOCUMENT)
    await shelf.library.finish()
    await read_all(shelf)
    read = [part for request in server.requests for part in request["input"]]
    assert len(read) == len(SNOWY) + len(parts(f"Ours. {long}"))
    assert max(len(part) for part in read) < 2 * PART_CHARS
    assert long.strip() in await shelf.texts(ASKED)


async def test_while_the_server_is_away_words_alone_count(
    shelf: Shelf, server: EmbeddingServer, clock: FakeClock
) -> None:
    await furnished(shelf)
    await read_all(shelf)
    server.status = 503
    asked = len(server.requests)
    for _ in range(2):
        assert len(await shelf.texts(ASKED)) == 5
    assert len(server.requests) == asked + 1  # it is left alone for a while
    server.status = 200
    await clock.advance(AWAY_S)
    assert BEACH in await shelf.texts(ASKED)


async def test_while_a_model_at_home_is_made_ready_words_alone_count_and_nobody_waits(
    shelf: Shelf, server: EmbeddingServer, clock: FakeClock
) -> None:
    await furnished(shelf)
    await read_all(shelf)
    server.requests.clear()
    server.loading = asyncio.Event()
    running = asyncio.create_task(shelf.search.run())
    await until(lambda: server.requests)
    assert BEACH not in await shelf.texts(ASKED)
    server.loading.set()
    await until(lambda: len(server.requests) == 2)
    while BEACH not in await shelf.texts(ASKED):
        await asyncio.sleep(0)
    assert {tuple(each["input"]) for each in server.requests[:2]} == {(ANY_WORDS,)}
    server.status = 503
    await shelf.texts(ASKED)
    tried = len(server.requests)
    await until(lambda: clock.falls_due(AWAY_S))
    server.status = 200
    await clock.advance(AWAY_S)
    await until(lambda: len(server.requests) >= tried + 2)
    while BEACH not in await shelf.texts(ASKED):
        await asyncio.sleep(0)
    running.cancel()


async def test_that_the_server_is_away_is_told_once_and_again_after_it_came_back(
    shelf: Shelf, server: EmbeddingServer, clock: FakeClock
) -> None:
    server.status = 503
    with capture_logs() as logs:
        running = asyncio.create_task(shelf.search.run())
        for _ in range(3):
            await until(lambda: clock.falls_due(AWAY_S))
            await clock.advance(AWAY_S)
        assert len(logs) == 1
        server.status, asked = 200, len(server.requests)
        await until(lambda: clock.falls_due(AWAY_S))
        await clock.advance(AWAY_S)
        await until(lambda: len(server.requests) == asked + 2)
        while len(server.requests) < asked + 3:  # once it is ready
            await shelf.texts(ASKED)
        server.status = 503
        await shelf.texts(ASKED)
        assert len(logs) == 2
        running.cancel()


async def test_another_model_reads_everything_anew_and_goes_on_after_a_restart(
    shelf: Shelf, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "AT_ONCE", 3)
    await furnished(shelf)
    await read_all(shelf)
    assert await shelf.library.read_by_model() == (6, 6)
    other = shelf.embedder = embedder(server.url, "large")
    shelf.start()
    assert await shelf.library.embed_some()
    assert await shelf.library.read_by_model() == (3, 6)
    server.status = 500
    with pytest.raises(ProviderError):
        await shelf.library.embed_some()
    server.status = 200
    shelf.start()
    server.requests.clear()
    await read_all(shelf)
    assert await shelf.library.read_by_model() == (6, 6)
    assert [len(each["input"]) for each in server.requests] == [3]
    assert BEACH in await shelf.texts(ASKED)
    await other.aclose()


async def test_where_another_model_of_the_same_name_answers_words_alone_count(
    shelf: Shelf, server: EmbeddingServer
) -> None:
    await furnished(shelf)
    await read_all(shelf)
    assert BEACH in await shelf.texts(ASKED)
    server.answer = {"data": [one([1.0, 0.5, 0.2])]}
    assert len(await shelf.texts(ASKED)) == 5
    assert BEACH not in await shelf.texts(ASKED)


def one(vector: object) -> dict[str, object]:
    return {"index": 0, "embedding": vector}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": []},
        {"data": [one([1.0]), one([1.0])]},
        {"data": [one([])]},
        {"data": [one([0.0, 0.0])]},
        {"data": [one(["a"])]},
        {"data": [one([1.0] * (MAX_DIMENSIONS + 1))]},
        {"data": [one([1.0]), {"index": 1, "embedding": [1.0, 2.0]}]},
    ],
)
async def test_what_are_no_vectors_is_an_error(server: EmbeddingServer, answer: Any) -> None:
    server.answer = answer
    model = embedder(server.url)
    with pytest.raises(ProviderError):
        await model.embed(["kite"])
    await model.aclose()


async def test_vectors_have_the_length_of_one(server: EmbeddingServer) -> None:
    model = embedder(server.url)
    [row] = await model.embed(["snow and ice"])
    assert math.hypot(*row) == pytest.approx(1)
    await model.aclose()


def test_a_server_without_the_name_of_a_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="name the model"):
        OpenAiEmbedder.chosen(setup(base_url="http://127.0.0.1:11434/v1"))
    assert OpenAiEmbedder.chosen(setup()) is None
