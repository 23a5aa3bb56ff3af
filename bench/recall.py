"""Whether the right passage is found: questions over two public-domain books and over made family facts.

The questions are ours and stand in `bench/recall_questions/`, each with words of the passage that answers it; the
books are looked for where `POMMAI_BOOKS` says, and without them the family facts are measured alone. Every other
question is held out: thresholds were chosen on the rest. Speed is measured over 10,000 passages, the books' own and
copies of them.
"""

import asyncio
import os
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from hub.domain.clock import SystemClock
from hub.domain.family.documents import MAX_PASSAGES, Document, DocumentFormat, DocumentKind
from hub.domain.toys import Toy
from hub.events import Bus
from hub.knowledge.documents.embedding import WordEmbedder
from hub.knowledge.documents.library import DocumentLibrary
from hub.knowledge.documents.search import PassageSearch
from hub.storage.database import Database
from hub.storage.store import Store

QUESTIONS = Path(__file__).with_name("recall_questions")
BOOKS = Path(os.environ.get("POMMAI_BOOKS", "../shared/books"))


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    phrase: str
    """Stands in the passage that answers it."""
    toy: str
    of: str
    """books, or family."""
    held_out: bool


class Shelf:
    """A household with the books, and a toy for each made family."""

    def __init__(self, store: Store, bus: Bus) -> None:
        clock = SystemClock()
        self.store = store
        self.embedder = WordEmbedder()
        self.searches = {
            "words": PassageSearch(store, None),
            "words+vectors": PassageSearch(store, self.embedder),
        }
        both = self.searches["words+vectors"]
        self.library = DocumentLibrary(store, bus, clock, both, self.embedder)

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

    async def furnish(self) -> list[Asked]:
        asked: list[Asked] = []
        for file in sorted(QUESTIONS.glob("*.txt")):
            if file.stem == "family":
                asked += await self._families(file)
            elif (book := BOOKS / file.name).is_file():
                await self.add(book.read_text("utf-8"), file.stem.replace("_", " "), None)
                pairs = [line.split(" | ") for line in file.read_text("utf-8").splitlines()]
                asked += [
                    Asked(question, phrase, "none", "books", place % 2 == 1)
                    for place, (question, phrase) in enumerate(pairs)
                ]
        await self.library.finish()
        return asked

    async def _families(self, file: Path) -> list[Asked]:
        asked = []
        for number, family in enumerate(file.read_text("utf-8").strip().split("\n\n")):
            toy = Toy(id=f"toy-{number}", name=f"Toy {number}")
            await self.store.toys.save(toy)
            for line in family.splitlines():
                fact, question = line.split(" | ")
                await self.add(fact, "Our family", toy.id, DocumentKind.FACT)
                asked.append(Asked(question, fact, toy.id, "family", number % 2 == 1))
        return asked

    async def hits(self, search: PassageSearch, asked: Sequence[Asked]) -> list[bool]:
        found = []
        for one in asked:
            passages = await search.find(one.question, Toy(id=one.toy, name="Toy"))
            phrase = " ".join(one.phrase.split())
            found.append(any(phrase in " ".join(each.passage.text.split()) for each in passages))
        return found

    async def multiply(self) -> int:
        """Copies of what is there, until there is no room for more; how many passages there are then."""
        texts = [" ".join(f"passage {n} of words" for n in range(90))]
        if BOOKS.is_dir():
            texts = [file.read_text("utf-8") for file in sorted(BOOKS.glob("*.txt"))]
        number = 0
        while (count := sum(each.passages for each in await self.store.documents.list())) < (
            MAX_PASSAGES - 150
        ):
            await self.add(texts[number % len(texts)], f"copy {number}", None)
            number += 1
            await self.library.finish()
        return count


async def run(console: Console) -> list[dict[str, object]]:
    """A row for each search."""
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        database = await Database.open(Path(folder), SystemClock())
        try:
            bus = Bus()
            shelf = Shelf(Store(database, bus, SystemClock()), bus)
            return await measured(shelf, console)
        finally:
            await database.aclose()


async def measured(shelf: Shelf, console: Console) -> list[dict[str, object]]:
    asked = await shelf.furnish()
    rows: list[dict[str, object]] = []
    found = {name: await shelf.hits(search, asked) for name, search in shelf.searches.items()}
    for name, hits in found.items():
        row: dict[str, object] = {"search": name, "questions": len(asked)}
        row["hit_at_5"] = share(hits)
        for part in ("books", "family"):
            row[part] = share([hit for one, hit in zip(asked, hits, strict=True) if one.of == part])
        row["held_out"] = share([hit for one, hit in zip(asked, hits, strict=True) if one.held_out])
        row["missed"] = [one.question for one, hit in zip(asked, hits, strict=True) if not hit]
        rows.append(row)
    passages = await shelf.multiply()
    for row, search in zip(rows, shelf.searches.values(), strict=True):
        row["passages"] = passages
        row["p95_ms"] = await p95_ms(search, asked)
    table = Table(*[name for name in rows[0] if name != "missed"], title="recall")
    for row in rows:
        table.add_row(*[str(value) for name, value in row.items() if name != "missed"])
    console.print(table)
    return rows


async def p95_ms(search: PassageSearch, asked: Sequence[Asked]) -> float:
    """Of one search, once the vectors are in memory."""
    toy = Toy(id="none", name="Toy")
    await search.find(asked[0].question, toy)
    taken = []
    for one in asked:
        before = time.perf_counter()
        await search.find(one.question, toy)
        taken.append(1000 * (time.perf_counter() - before))
        await asyncio.sleep(0)
    return round(quantiles(taken, n=20)[18], 1)


def share(hits: Sequence[bool]) -> float | None:
    """Of hits, 0 to 1; None where nothing was asked."""
    return round(sum(hits) / len(hits), 3) if hits else None
