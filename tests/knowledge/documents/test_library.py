"""Documents on their way: kept, read, found by words, through restarts, and gone from the disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.domain.family.documents import DocumentKind, DocumentState
from hub.domain.toys import Toy
from hub.errors import NotFoundError, RefusedError
from hub.events import Bus
from hub.knowledge.documents import library, words
from hub.storage.database import DATABASE_NAME
from hub.storage.documents import passages, repository
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.knowledge.documents.shelf import Shelf
from tests.new_household import open_household


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    clock, bus = FakeClock(), Bus()
    database = await open_household(tmp_path, clock)
    shelf = Shelf(Store(database, bus, clock), bus, clock)
    yield shelf
    await database.aclose()


async def test_what_is_kept_waits_until_it_is_read_and_is_found_then(shelf: Shelf) -> None:
    kept = await shelf.add("Grandma Rosa was born in Lisbon. She bakes bread on Sundays.")
    assert kept.state is DocumentState.WAITING
    assert await shelf.texts("where was grandma born?") == []
    assert await shelf.library.finish()
    read = await shelf.store.documents.get(kept.id)
    assert (read.state, read.passages, read.characters) == (DocumentState.READY, 1, 60)
    assert await shelf.store.documents.raw(kept.id) == b""
    assert "Lisbon" in (await shelf.texts("where was grandma born?"))[0]


async def test_words_are_found_in_other_forms_and_likenesses_by_their_meaning(
    shelf: Shelf,
) -> None:
    await shelf.add("Our kitten sleeps in the bathtub.")
    await shelf.add("The car is parked behind the church.")
    await shelf.library.finish()
    assert "kitten" in (await shelf.texts("do kittens sleep?"))[0]
    assert "kitten" in (await shelf.texts("where does the cat nap, the puppy and the kitten?"))[0]


async def test_most_of_what_a_child_says_finds_nothing(shelf: Shelf) -> None:
    await shelf.add("Grandma Rosa was born in Lisbon. She bakes bread on Sundays.")
    await shelf.library.finish()
    for said in ("hello", "i am bored", "tell me a joke", "what is two plus two", "la la la", ""):
        assert await shelf.texts(said) == [], said


async def test_small_talk_finds_nothing_in_a_book_though_it_shares_a_word_with_it(
    shelf: Shelf,
) -> None:
    book = "It was a dark night. The red dragon slept in his cave and dreamt of a good dinner."
    await shelf.add(book, kind=DocumentKind.DOCUMENT)
    await shelf.library.finish()
    for said in ("good night", "i want my dinner", "i like red", "can you sleep?", "sweet dreams"):
        assert await shelf.texts(said) == [], said
    for asked in ("where did the dragon sleep?", "tell me about the dragon"):
        assert await shelf.texts(asked) == [book], asked


@pytest.mark.parametrize(
    ("fact", "question"),
    [
        ("Our parrot sings all day.", "which bird makes music?"),
        ("The goldfish stands on the fridge.", "where is the fish?"),
        ("Ella lost her shoe at school.", "what did ella lose?"),
        ("Granny ate nine pancakes.", "who can eat so much?"),
    ],
)
async def test_a_fact_is_found_by_kinds_parts_and_other_forms_of_its_words(
    shelf: Shelf, fact: str, question: str
) -> None:
    await shelf.add(fact)
    await shelf.add("Uncle Tom drives a digger.")
    await shelf.library.finish()
    assert await shelf.texts(question) == [fact]


async def test_what_one_toy_knows_another_does_not(shelf: Shelf) -> None:
    pommai = await shelf.toy()
    await shelf.store.toys.save(Toy(id="bear", name="Bear"))
    bear = await shelf.toy("Bear")
    await shelf.add("Bear comes from a forest in Norway.", bear.id)
    await shelf.add("The family has a forest hut in Sweden.")
    await shelf.library.finish()
    asked = "which forest in norway or sweden?"
    assert len(await shelf.texts(asked, bear)) == 2
    assert await shelf.texts(asked, pommai) == ["The family has a forest hut in Sweden."]


async def test_at_most_five_passages_are_found(shelf: Shelf) -> None:
    for number in range(9):
        await shelf.add(f"Cousin {number} rides a green tractor.")
    await shelf.library.finish()
    assert len(await shelf.find("who rides the green tractor?")) == 5


async def test_of_words_that_stand_in_too_many_places_the_rarest_are_looked_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        await shelf.add(f"Flag number {number} is red.")
        await shelf.add(f"Kite number {number} is old.")
        await shelf.add(f"Aunt number {number} is here.")
    zebra = "The wooden zebra is red."
    await shelf.add(zebra)
    await shelf.library.finish()
    found = await shelf.texts("which zebra is red?")
    assert (found[0], len(found)) == (zebra, 5)
    monkeypatch.setattr(passages, "MAX_LOOKED_AT", 5)
    assert await shelf.texts("which zebra is red?") == [zebra]


async def test_what_was_half_done_is_finished_after_a_restart(shelf: Shelf) -> None:
    kept = await shelf.add("Our kitten sleeps in the bathtub.")
    gone = await shelf.add("The secret word is marzipan.")
    await shelf.library.finish()
    other = await shelf.add("Uncle Tom drives a digger.")
    await shelf.store.documents.remove(gone.id)
    shelf.start()
    assert await shelf.library.finish()
    there = {document.id for document in await shelf.store.documents.list()}
    assert there == {kept.id, other.id}
    assert "digger" in (await shelf.texts("who drives a digger?"))[0]


async def test_other_lists_of_words_index_everything_anew(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.add("Our kitten sleeps in the bathtub.")
    await shelf.library.finish()
    for module in (library, words):
        monkeypatch.setattr(
            module, "words_version" if module is library else "version", lambda: "2"
        )
    shelf.start()
    assert await shelf.texts("where does our kitten sleep?") == []
    await shelf.library.finish()
    assert len(await shelf.texts("where does our kitten sleep?")) == 1


async def test_what_cannot_be_read_says_why_and_keeps_no_bytes(shelf: Shelf) -> None:
    kept = await shelf.add("   ")
    await shelf.library.finish()
    failed = await shelf.store.documents.get(kept.id)
    assert (failed.state, failed.problem) == (DocumentState.FAILED, "there is no text in it")
    assert await shelf.store.documents.raw(kept.id) == b""


async def test_what_is_removed_is_out_of_sight_at_once_and_soon_gone_from_the_disk(
    shelf: Shelf, tmp_path: Path
) -> None:
    kept = await shelf.add("The pirate treasure lies under the xylophone tree.", title="Zanzibar")
    await shelf.library.finish()
    assert await shelf.texts("where is the pirate treasure?")
    await shelf.store.documents.remove(kept.id)
    assert await shelf.texts("where is the pirate treasure?") == []
    with pytest.raises(NotFoundError):
        await shelf.store.documents.get(kept.id)
    assert await shelf.library.finish()
    files = b"".join(file.read_bytes() for file in tmp_path.glob(f"{DATABASE_NAME}*"))
    for word in (b"xylophon", b"Zanzibar", b"zanzibar", b"treasur"):
        assert word not in files


async def test_there_is_room_for_so_many_documents_and_passages(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "MAX_DOCUMENTS", 1)
    monkeypatch.setattr(repository, "MAX_PASSAGES", 1)
    kept = await shelf.add("This is a sentence of a very long book. " * 100)
    with pytest.raises(RefusedError, match="1 documents already"):
        await shelf.add("One more.")
    await shelf.library.finish()
    assert "remove a document" in (await shelf.store.documents.get(kept.id)).problem
