"""Whether the right passage is found: questions over two public-domain books and over made family facts.

The questions are ours and stand in `bench/recall_questions/`, each with words of the passage that answers it; the
books are looked for where `POMMAI_BOOKS` says, and without them the family facts are measured alone. Every other
question, with every other family, is held out of tuning, as far as one hand that wrote questions and word lists can
hold them out. Of a hundred lines that children say every day, few should find anything: the lists were tuned on these.
Speed is measured over 10,000 passages, the books' own and copies of them.

Beside the words alone it measures words and an embedding model: that of `bench/embedder.py`, or the one at home that
`POMMAI_EMBEDDING__BASE_URL` and `…__MODEL` name. It reads each text once, however many copies there are. `p95_ms` is
the search itself, with what the question means at hand; `p95_with_model_ms` is that and asking the model's server.
"""

import asyncio
import os
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import quantiles

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert, literal, select, text

from bench import embedder
from hub.config.loading import load
from hub.domain.clock import SystemClock
from hub.domain.family.documents import MAX_PASSAGES, Document, DocumentFormat, DocumentKind
from hub.domain.toys import Toy
from hub.events import Bus
from hub.knowledge.documents.library import DocumentLibrary
from hub.knowledge.documents.search import PassageSearch
from hub.providers.base import ProviderSetup
from hub.providers.embedding.openai import OpenAiEmbedder
from hub.storage.database import Database
from hub.storage.documents.index import TABLE
from hub.storage.schema import documents, passages
from hub.storage.store import Store

QUESTIONS = Path(__file__).with_name("recall_questions")
MODEL = "POMMAI_EMBEDDING__"
COPY_STEMS = f"""INSERT INTO {TABLE}(rowid, stems) SELECT copied.number, stems FROM {TABLE}
JOIN passages AS old ON old.number = {TABLE}.rowid
JOIN passages AS copied ON copied.place = old.place AND copied.document_id = :new
WHERE old.document_id = :old"""
BOOKS = Path(os.environ.get("POMMAI_BOOKS", "../shared/books"))


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    phrase: str
    """Stands in the passage that answers it."""
    toy: str
    of: str
    """books, or family."""


class Remembered:
    """An `Embedder` that asks its model for each text once."""

    def __init__(self, model: OpenAiEmbedder) -> None:
        self.model = model
        self.name, self.version, self.local = model.name, model.version, model.local
        self._rows: dict[str, NDArray[np.float32]] = {}

    async def warm_up(self) -> None:
        await self.model.warm_up()

    async def aclose(self) -> None:
        await self.model.aclose()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if new := [text for text in dict.fromkeys(texts) if text not in self._rows]:
            rows = np.array(await self.model.embed(new), np.float32)
            self._rows.update(zip(new, rows, strict=True))
        return [self._rows[text].tolist() for text in texts]


class Shelf:
    """A household with the books, and a toy for each made family."""

    def __init__(self, store: Store, bus: Bus, embedder: Remembered) -> None:
        clock = SystemClock()
        self.store = store
        self.embedder = embedder
        self.searches = {
            "words": PassageSearch(store, clock),
            "words+vectors": PassageSearch(store, clock, self.embedder),
        }
        self.with_model = PassageSearch(store, clock, embedder.model)
        self.library = DocumentLibrary(store, bus, clock, self.searches["words"], self.embedder)

    async def add(
        self, text: str, title: str, toy_id: str | None, kind: DocumentKind = DocumentKind.DOCUMENT
    ) -> None:
        document = Document(
            uuid.uuid4().hex,
            title,
            kind,
            DocumentFormat.TEXT,
            SystemClock().now(),
            toy_id=toy_id,
        )
        await self.store.documents.add(document, text.encode())

    async def furnish(self, half: int) -> list[Asked]:
        """The books, and every other family; the questions of this half."""
        asked: list[Asked] = []
        for file in sorted(QUESTIONS.glob("*.txt")):
            lines = file.read_text("utf-8").splitlines()
            if file.stem == "small_talk":
                continue
            if file.stem == "family":
                asked += await self._families("\n".join(lines).split("\n\n")[half::2])
            elif (book := BOOKS / file.name).is_file():
                await self.add(book.read_text("utf-8"), file.stem.replace("_", " "), None)
                pairs = [line.split(" | ") for line in lines[half::2]]
                asked += [Asked(question, phrase, "none", "books") for question, phrase in pairs]
        await self.read()
        for one in asked:
            await self.embedder.embed([one.question])  # a busy machine is no slow model
        return asked

    async def read(self) -> None:
        await self.library.finish()
        while await self.library.embed_some():
            """A part at a time."""
        self.forget()

    async def _families(self, families: Sequence[str]) -> list[Asked]:
        asked = []
        for number, family in enumerate(families):
            toy = Toy(id=f"toy-{number}", name=f"Toy {number}")
            await self.store.toys.save(toy)
            for line in family.splitlines():
                fact, question = line.split(" | ")
                await self.add(fact, "Our family", toy.id, DocumentKind.FACT)
                asked.append(Asked(question, fact, toy.id, "family"))
        return asked

    async def small_talk(self, search: PassageSearch) -> list[str]:
        """Which of what children say every day finds a passage, though it asks for none."""
        toys = await self.store.toys.list()
        lines = (QUESTIONS / "small_talk.txt").read_text("utf-8").splitlines()
        await self.embedder.embed(lines)
        return [
            line
            for number, line in enumerate(lines)
            if await search.find(line, toys[number % len(toys)])
        ]

    async def hits(self, search: PassageSearch, asked: Sequence[Asked]) -> list[bool]:
        found = []
        for one in asked:
            there = await search.find(one.question, Toy(id=one.toy, name="Toy"))
            phrase = " ".join(one.phrase.split())
            found.append(any(phrase in " ".join(each.passage.text.split()) for each in there))
        return found

    async def multiply(self) -> int:
        """Copies of the books, or of all where there are none, until there is no room; how many passages there are."""
        kept = await self.store.documents.list()
        books = [each for each in kept if each.kind is DocumentKind.DOCUMENT] or kept
        count = sum(each.passages for each in kept)
        for number, book in enumerate(cycle(books)):
            if (more := count + book.passages) > MAX_PASSAGES:
                break
            await self.store.database.write(partial(copy, old=book.id, new=f"copy {number}"))
            count = more
        self.forget()
        return count

    def forget(self) -> None:
        for search in (*self.searches.values(), self.with_model):
            search.forget()


def copy(connection: Connection, *, old: str, new: str) -> None:
    """A document with its passages, as they are indexed and as the model read them."""
    about = [each for each in documents.c if each.name not in ("number", "id")]
    of_old = select(literal(new), *about).where(documents.c.id == old)
    connection.execute(
        insert(documents).from_select(["id", *(each.name for each in about)], of_old)
    )
    read = [each for each in passages.c if each.name not in ("number", "id", "document_id")]
    names = ["id", "document_id", *(each.name for each in read)]
    each_id = literal(f"{new}:").concat(passages.c.place)
    of_old = select(each_id, literal(new), *read).where(passages.c.document_id == old)
    connection.execute(insert(passages).from_select(names, of_old))
    connection.execute(text(COPY_STEMS), {"old": old, "new": new})


@dataclass(slots=True)
class Measured:
    """Of one search."""

    asked: list[Asked] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    halves: list[list[bool]] = field(default_factory=list)
    small_talk: list[str] = field(default_factory=list)
    passages: int = 0
    p95_ms: float = 0.0
    p95_cpu_ms: float = 0.0
    p95_with_model_ms: float | None = None

    def row(self, name: str) -> dict[str, object]:
        pairs = list(zip(self.asked, self.hits, strict=True))
        return {
            "search": name,
            "questions": len(pairs),
            "hit_at_5": share(self.hits),
            "books": share([hit for one, hit in pairs if one.of == "books"]),
            "family": share([hit for one, hit in pairs if one.of == "family"]),
            "held_out": share(self.halves[1]),
            "small_talk": len(self.small_talk),
            "passages": self.passages,
            "p95_ms": self.p95_ms,
            "p95_cpu_ms": self.p95_cpu_ms,
            "p95_with_model_ms": self.p95_with_model_ms,
            "missed": [one.question for one, hit in pairs if not hit],
            "small_talk_found": self.small_talk,
        }


async def run(console: Console) -> list[dict[str, object]]:
    """A row for each search."""
    measured: dict[str, Measured] = defaultdict(Measured)
    async with embedder.running() as url:
        model = {name: value for name, value in os.environ.items() if name.startswith(MODEL)}
        model = model or {f"{MODEL}BASE_URL": url, f"{MODEL}MODEL": embedder.MODEL}
        chosen = OpenAiEmbedder.chosen(ProviderSetup(load(None, model)))
        assert chosen
        remembered = Remembered(chosen)
        for half in (0, 1):
            async with household(remembered) as shelf:
                await measure(shelf, half, measured)
        await remembered.aclose()
    rows = [one.row(name) for name, one in measured.items()]
    shown = list(rows[0])[:-2]
    table = Table(*shown, title="recall")
    for row in rows:
        table.add_row(*[str(row[name]) for name in shown])
    console.print(table)
    return rows


@asynccontextmanager
async def household(embedder: Remembered) -> AsyncIterator[Shelf]:
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        database = await Database.open(Path(folder), SystemClock())
        try:
            bus = Bus()
            yield Shelf(Store(database, bus, SystemClock()), bus, embedder)
        finally:
            await database.aclose()


async def measure(shelf: Shelf, half: int, measured: Mapping[str, Measured]) -> None:
    """The questions of one half, and small talk and speed once."""
    asked = await shelf.furnish(half)
    for name, search in shelf.searches.items():
        hits = await shelf.hits(search, asked)
        one = measured[name]
        one.asked += asked
        one.hits += hits
        one.halves.append(hits)
        if half == 0:
            one.small_talk = await shelf.small_talk(search)
    if half == 1:
        there = await shelf.multiply()
        for name, search in shelf.searches.items():
            one = measured[name]
            one.passages = there
            one.p95_ms, one.p95_cpu_ms = await p95_ms(search, asked)
        with_vectors = measured["words+vectors"]
        with_vectors.p95_with_model_ms, _ = await p95_ms(shelf.with_model, asked)


async def p95_ms(search: PassageSearch, asked: Sequence[Asked]) -> tuple[float, float]:
    """Of one search: by the clock, and of the processor, where a machine's other work doesn't count."""
    toy = Toy(id="none", name="Toy")
    await search.find(asked[0].question, toy)
    taken, worked = [], []
    for one in asked:
        before, working = time.perf_counter(), time.process_time()
        await search.find(one.question, toy)
        taken.append(1000 * (time.perf_counter() - before))
        worked.append(1000 * (time.process_time() - working))
        await asyncio.sleep(0)
    return round(quantiles(taken, n=20)[18], 1), round(quantiles(worked, n=20)[18], 1)


def share(hits: Sequence[bool]) -> float | None:
    """Of hits, 0 to 1; None where nothing was asked."""
    return round(sum(hits) / len(hits), 3) if hits else None
