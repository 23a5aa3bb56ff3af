"""What was said is found again: in every script, by its toy, its child, its day and what a parent noted."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.domain.family.children import Child
from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talks.kept import Correction, Facet, TalkSearch, TurnNote
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Toy
from hub.errors import RefusedError
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import ALLOWED, REFUSED, turn
from tests.storage.talks.conftest import Talked


async def heard(store: Store, words: str = "", **search: object) -> list[str]:
    found = await store.talks.search(TalkSearch(words, **search), 10)  # type: ignore[arg-type]
    return [one.heard for one in found]


@pytest.mark.parametrize(
    ("said", "looked_for", "not_there"),
    [
        ("why do dogs bark", "dog", "cat"),
        ("a story of a dog", "dogs", "cats"),
        ("Ça, c'est un café", "CAFE", "the"),
        ("don't go", "don't", "won't"),
        ("எனக்கு நாய் பிடிக்கும்", "நாய்", "நா ய்"),
        ("मुझे कुत्ता पसंद है", "कुत्ता", "क त"),
        ("我家有一只猫和狗", "猫", "鸟"),
        ("我家有一只猫和狗", "一只猫", "猫只"),
        ("いぬがすき", "いぬ", "ねこ"),
        ("ผมชอบหมา", "หมา", "แมว"),
        ("אני אוהב כלב", "כלב", "חתול"),
        ("أحب كلبي", "كلب", "قطة"),
        ("강아지를 좋아해", "강아지", "고양이"),
        ("Мне нравится собака", "СОБАКА", "кошка"),
        ("my number is 4711", "4711", "4712"),
    ],
)
async def test_words_are_found_in_every_script(
    store: Store, talked: Talked, said: str, looked_for: str, not_there: str
) -> None:
    await talked(said, "Tell me more.")
    await talked("something else")

    assert await heard(store, looked_for) == [said]
    assert await heard(store, not_there) == []


async def test_all_words_must_be_there_in_whatever_order_and_whoever_said_them(
    store: Store, talked: Talked
) -> None:
    await talked("why is the sky blue", "Because light bounces.")
    await talked("is the sea blue", refused=["You could drown in it."])

    assert await heard(store, "light sky") == ["why is the sky blue"]
    assert await heard(store, "blue drown") == ["is the sea blue"], "also what was held back"
    assert await heard(store, "blue") == ["is the sea blue", "why is the sky blue"]


@pytest.mark.parametrize(
    "typed",
    ['a" OR "hello', "NEAR(hello", "heard : hello", "hello NOT x", "{facets} : turn", "'x; --"],
)
async def test_what_a_person_types_is_never_a_query_of_its_own(
    store: Store, talked: Talked, typed: str
) -> None:
    await talked("hello there")
    assert await heard(store, typed) == []
    assert await heard(store, '"hello* (there)') == ["hello there"]


async def test_words_that_can_not_be_looked_for_are_refused(store: Store) -> None:
    for words, why in (
        ("!? * -", "no letter"),
        ("x" * 201, "200 letters"),
        ("a " * 11, "10 words"),
    ):
        with pytest.raises(RefusedError, match=why):
            await store.talks.search(TalkSearch(words), 10)


async def test_turns_are_found_by_toy_child_day_and_facets(
    store: Store, talked: Talked, clock: FakeClock
) -> None:
    await store.toys.save(Toy("z-1", "Zebra"))
    await store.children.save(Child("mia", "Mia"))
    await talked("a dog", toy_id="z-1")
    await talked("a dog of Mia's", child_id="mia")
    await talked("a dog that bites", verdicts=[REFUSED])
    worrying = Verdict(allowed=True, category=Category.VIOLENCE, alert=AlertLevel.INFO, look=True)
    await talked("a dog that growls", verdicts=[ALLOWED, worrying])
    await talked("a dog tomorrow", minutes=24 * 60)

    assert await heard(store, "dog", toy_id="z-1") == ["a dog"]
    assert await heard(store, toy_id="z-1") == ["a dog"]
    assert await heard(store, "dog", child_id="mia") == ["a dog of Mia's"]
    assert await heard(store, facets=frozenset({Facet.REFUSED})) == ["a dog that bites"]
    assert await heard(store, facets=frozenset({Facet.ALERT, Facet.LOOK})) == ["a dog that growls"]
    assert await heard(store, "refused") == [], "a facet is no word"
    today = (clock.now(), clock.now() + timedelta(hours=1))
    on_that_day = await store.talks.search(TalkSearch("dog"), 10, period=today)
    assert len(on_that_day) == 4
    nothing = await store.talks.search(
        TalkSearch("dog"), 10, period=(today[1], today[1] + timedelta(hours=1))
    )
    assert nothing == []


async def test_a_parents_notes_are_found_as_long_as_they_are_there(
    store: Store, talked: Talked
) -> None:
    kept = await talked("a dog")
    for note, facet in (
        (TurnNote(kept.id, bookmarked=True), Facet.BOOKMARKED),
        (TurnNote(kept.id, text="how sweet"), Facet.NOTED),
        (TurnNote(kept.id, correction=Correction.WRONGLY_REFUSED), Facet.CORRECTED),
    ):
        assert await heard(store, facets=frozenset({facet})) == []
        await store.turn_notes.save(note)
        assert await heard(store, facets=frozenset({facet})) == ["a dog"]
    await store.turn_notes.save(TurnNote(kept.id))
    assert await heard(store, facets=frozenset({Facet.CORRECTED})) == []
    assert await store.turn_notes.of([kept.id]) == {}


async def test_a_page_of_what_is_found_leads_to_the_next(store: Store, talked: Talked) -> None:
    turns = [await talked(f"dog number {number}") for number in range(5)]
    search = TalkSearch("dog")

    first = await store.talks.search(search, 2)
    second = await store.talks.search(search, 2, before=first[-1].id)

    assert [one.id for one in (*first, *second)] == [one.id for one in turns[:0:-1]]
    assert await store.talks.search(search, 2, before="nobody") == []


async def test_a_turn_is_found_once_it_is_over_and_as_it_ended(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now(), "tell me of foxes"))
    assert await heard(store, "foxes") == []
    begun.state, begun.said = TurnState.DONE, ["A badger came."]
    await store.turns.save(begun)
    assert await heard(store, "foxes badger") == ["tell me of foxes"]
    begun.said = ["An owl came."]
    await store.turns.save(begun)
    assert await heard(store, "badger") == []

    await store.turns.begin(turn(toy.id, clock.now(), "then the hub died"))
    await store.turns.cut_unfinished()
    assert await heard(store, "died") == ["then the hub died"]


async def test_the_index_stays_right(store: Store, talked: Talked) -> None:
    for number in range(20):
        kept = await talked(f"dog number {number}")
        await store.turn_notes.save(TurnNote(kept.id, bookmarked=bool(number % 2)))
    await store.database.write(
        lambda connection: connection.execute(
            text("INSERT INTO turn_words(turn_words) VALUES('integrity-check')")
        )
    )


async def test_a_talk_is_named_by_what_a_child_said_first(store: Store, talked: Talked) -> None:
    first = await talked("", "hello from your grown-ups")
    await talked("why do dogs bark", minutes=1, conversation_id=first.conversation_id)
    [talk] = await store.talks.list(5)
    assert (talk.first_heard, talk.turns) == ("why do dogs bark", 2)
