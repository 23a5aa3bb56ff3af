from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from hub.domain.safety import SafeText, SafetyPolicy, Verdict
from hub.domain.talks.talk import PAGE, Message, TurnState
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import Bus, TurnChanged
from hub.knowledge.history import messages
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import ALLOWED, REFUSED, turn


async def test_a_turn_is_on_disk_as_it_began(store: Store, toy: Toy, clock: FakeClock) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now(), confidence=0.5))

    assert begun.conversation_id
    assert begun.revision == 1
    assert await store.turns.get(begun.id) == begun


async def test_saving_writes_the_whole_record_under_a_new_revision(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now()))
    begun.state = TurnState.DONE
    begun.said += ["Hello!", "வணக்கம்"]
    begun.timings_ms["check"] = 1.5
    saved = await store.turns.save(begun)

    assert saved is begun, "the pipeline's tasks share one record"
    assert saved.revision == 2
    assert await store.turns.get(begun.id) == saved


async def test_a_turn_is_named_by_the_beginning_of_its_id_or_as_the_last(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    with pytest.raises(NotFoundError, match="no turn yet"):
        await store.turns.named("last")
    older, newer = (turn(toy.id, clock.now()) for _ in range(2))
    older.id, newer.id = "ab1", "ab2"
    for one in (older, newer):
        await store.turns.begin(one)

    assert await store.turns.named("ab1") == older
    assert await store.turns.named("last") == newer
    with pytest.raises(RefusedError, match="more than one"):
        await store.turns.named("ab")
    for strange in ("c", "%", "a_2"):
        with pytest.raises(NotFoundError, match="no turn's id begins with"):
            await store.turns.named(strange)


async def test_a_turn_that_never_began_is_not_saved(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    with pytest.raises(NotFoundError, match="no turn with the id"):
        await store.turns.save(turn(toy.id, clock.now()))

    assert (await store.turns.begin(turn(toy.id, clock.now()))).revision == 1, "no number was lost"


async def test_a_turn_of_an_unknown_toy_is_one_clear_line(store: Store, clock: FakeClock) -> None:
    with pytest.raises(DataError, match="names a toy, child or turn that isn't there"):
        await store.turns.begin(turn("nobody", clock.now()))


@pytest.mark.parametrize(
    ("minutes", "shared"), [(9.99, True), (10, False), (-9.99, True), (-60, False)]
)
async def test_turns_less_than_ten_minutes_apart_share_a_conversation(
    store: Store, toy: Toy, clock: FakeClock, minutes: float, shared: bool
) -> None:
    first = await store.turns.begin(turn(toy.id, clock.now()))
    second = await store.turns.begin(turn(toy.id, clock.now() + timedelta(minutes=minutes)))

    assert (first.conversation_id == second.conversation_id) is shared


async def test_a_conversation_goes_on_as_long_as_someone_speaks(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    conversations = set()
    for _ in range(4):
        conversations.add((await store.turns.begin(turn(toy.id, clock.now()))).conversation_id)
        await clock.advance(9 * 60)

    assert len(conversations) == 1


async def test_each_toy_has_its_own_conversation(store: Store, toy: Toy, clock: FakeClock) -> None:
    other = await store.toys.save(Toy("other", "Kutti"))
    first = await store.turns.begin(turn(toy.id, clock.now()))
    second = await store.turns.begin(turn(other.id, clock.now()))

    assert first.conversation_id != second.conversation_id
    assert await store.turns.recent(5) == [second, first]
    assert await store.turns.recent(5, toy.id) == [first]
    assert await store.turns.recent(1) == [second]


async def test_what_changed_since_a_revision_comes_in_order_of_change(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    first = await store.turns.begin(turn(toy.id, clock.now()))
    second = await store.turns.begin(turn(toy.id, clock.now()))
    third = await store.turns.begin(turn(toy.id, clock.now()))
    seen = third.revision
    await store.turns.save(second)
    await store.turns.save(first)

    assert [t.id for t in await store.turns.since(seen, 10)] == [second.id, first.id]
    assert [t.id for t in await store.turns.since(seen, 1)] == [second.id]
    assert await store.turns.since(first.revision, 10) == []


async def test_what_is_worth_a_look_is_found_by_day(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    morning, day = clock.now(), timedelta(days=1)
    hint = replace(ALLOWED, look=True)
    first = await store.turns.begin(turn(toy.id, morning, verdicts=[hint]))
    await store.turns.begin(turn(toy.id, morning, 'he said "look": true'))
    await store.turns.begin(turn(toy.id, morning + day, verdicts=[hint]))
    await store.turns.begin(replace(turn(toy.id, morning, verdicts=[hint]), source=PAGE))
    assert await store.turns.worth_a_look(morning, morning + day) == [first]


async def test_a_moment_comes_back_in_utc_whatever_its_zone(store: Store, toy: Toy) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    begun = await store.turns.begin(turn(toy.id, datetime(2026, 1, 1, 5, 30, 0, 123, india)))
    found = await store.turns.get(begun.id)

    assert found is not None
    assert found.started_at == datetime(2026, 1, 1, 0, 0, 0, 123, UTC)
    assert found.started_at.tzinfo is UTC


async def test_what_was_heard_is_cut_at_4000_characters(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now(), "a" * 5000 + "\0"))
    found = await store.turns.get(begun.id)

    assert found is not None
    assert found.heard == "a" * 4000


async def test_characters_that_no_database_holds_do_not_lose_the_turn(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now(), "a\0b\ud800c"))
    found = await store.turns.get(begun.id)

    assert found is not None
    assert found.heard == "ab?c"


async def test_a_spoken_line_is_added_to_what_was_said(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    begun = await store.turns.begin(turn(toy.id, clock.now()))
    for words in ("Hello.", "How are you?"):
        begun = await store.spoken(begun, SafeText(words, SafetyPolicy()))
    found = await store.turns.get(begun.id)

    assert found is not None
    assert found.said == ["Hello.", "How are you?"]


async def test_each_write_is_told_on_the_bus_once_it_is_on_disk(
    store: Store, toy: Toy, clock: FakeClock, bus: Bus
) -> None:
    with bus.subscribe() as events:
        begun = await store.turns.begin(turn(toy.id, clock.now()))
        assert await events.get() == TurnChanged(begun.id)
        await store.turns.save(begun)
        assert await events.get() == TurnChanged(begun.id)


class TestHistory:
    async def test_holds_what_both_said_oldest_first(
        self, store: Store, toy: Toy, clock: FakeClock
    ) -> None:
        for heard, said in (("one", ["Uno.", "Dos."]), ("two", ["Tres."])):
            await store.turns.begin(
                turn(toy.id, clock.now(), heard, said=said, state=TurnState.DONE)
            )

        assert messages(await store.turns.for_model(toy.id)) == [
            Message("user", "one"),
            Message("assistant", "Uno. Dos."),
            Message("user", "two"),
            Message("assistant", "Tres."),
        ]
        assert messages(await store.turns.for_model(toy.id, 1)) == [
            Message("user", "two"),
            Message("assistant", "Tres."),
        ]

    @pytest.mark.parametrize(
        ("state", "verdicts"),
        [
            (TurnState.REFUSED, [REFUSED]),
            (TurnState.REFUSED, [ALLOWED, REFUSED]),
            (TurnState.CUT, [REFUSED]),
            (TurnState.CUT, []),
            (TurnState.THINKING, [ALLOWED]),
        ],
    )
    async def test_leaves_out_turns_that_are_refused_unchecked_or_not_over(
        self, store: Store, toy: Toy, clock: FakeClock, state: TurnState, verdicts: list[Verdict]
    ) -> None:
        kept = turn(toy.id, clock.now(), "kept", state=TurnState.CUT)
        await store.turns.begin(kept)
        await store.turns.begin(
            turn(toy.id, clock.now(), "left out", said=["x"], state=state, verdicts=verdicts)
        )

        assert messages(await store.turns.for_model(toy.id)) == [Message("user", "kept")]

    async def test_never_holds_a_refused_clause(
        self, store: Store, toy: Toy, clock: FakeClock
    ) -> None:
        await store.turns.begin(
            turn(toy.id, clock.now(), said=["Good."], refused=["Bad."], state=TurnState.DONE)
        )

        assert Message("assistant", "Good.") in messages(await store.turns.for_model(toy.id))

    async def test_ends_with_its_conversation(
        self, store: Store, toy: Toy, clock: FakeClock
    ) -> None:
        await store.turns.begin(turn(toy.id, clock.now(), state=TurnState.DONE))
        await clock.advance(599)
        assert messages(await store.turns.for_model(toy.id))
        await clock.advance(1)
        assert messages(await store.turns.for_model(toy.id)) == []

    async def test_holds_nothing_of_an_earlier_conversation(
        self, store: Store, toy: Toy, clock: FakeClock
    ) -> None:
        await store.turns.begin(turn(toy.id, clock.now(), "before", state=TurnState.DONE))
        await clock.advance(3600)
        await store.turns.begin(turn(toy.id, clock.now(), "now", state=TurnState.DONE))

        assert messages(await store.turns.for_model(toy.id)) == [Message("user", "now")]

    async def test_what_a_grown_up_tries_and_what_the_child_says_are_apart(
        self, store: Store, toy: Toy, clock: FakeClock
    ) -> None:
        child = turn(toy.id, clock.now(), "from the child", state=TurnState.DONE)
        grown_up = turn(toy.id, clock.now(), "from a parent", state=TurnState.DONE)
        grown_up.source = PAGE
        again = turn(toy.id, clock.now(), "the child again", state=TurnState.DONE)
        for one in (child, grown_up, again):
            await store.turns.begin(one)

        assert child.conversation_id == again.conversation_id != grown_up.conversation_id
        assert messages(await store.turns.for_model(toy.id)) == [
            Message("user", "from the child"),
            Message("user", "the child again"),
        ]
        assert messages(await store.turns.for_model(toy.id, tried=True)) == [
            Message("user", "from a parent")
        ]
        assert await store.turns.conversation(toy.id) == [child, again]
        assert await store.turns.conversation(toy.id, tried=True) == [grown_up]
        assert await store.turns.begun_since(toy.id, clock.now(), 9) == [child, again]


async def test_turns_that_a_death_left_open_become_cut(
    store: Store, toy: Toy, clock: FakeClock, bus: Bus
) -> None:
    left_open = await store.turns.begin(turn(toy.id, clock.now(), said=["Once upon"]))
    over = await store.turns.begin(turn(toy.id, clock.now(), state=TurnState.DONE))

    with bus.subscribe() as events:
        assert await store.turns.cut_unfinished() == 1
        assert await events.get() == TurnChanged(left_open.id)
    found = await store.turns.get(left_open.id)
    assert found is not None
    assert (found.state, found.said) == (TurnState.CUT, ["Once upon"])
    assert found.revision == over.revision + 1
    assert await store.turns.get(over.id) == over
    assert await store.turns.cut_unfinished() == 0
