from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.family.children import Child
from hub.domain.safety import Category, SafetyLevel
from hub.domain.toys import (
    HomeAssistantRights,
    HomeAssistantTask,
    Patience,
    ProviderChoice,
    Satellite,
    SatelliteState,
    Toy,
    Voice,
)
from hub.errors import DataError, NotFoundError, RefusedError
from hub.events import Bus, SatellitesChanged
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn


async def test_the_first_start_makes_one_toy_and_no_child(store: Store) -> None:
    assert [toy.name for toy in await store.toys.list()] == ["Pommai"]
    assert await store.children.list() == []


async def test_a_second_start_makes_no_second_toy(
    store: Store, database: Database, folder: Path, clock: FakeClock
) -> None:
    first = await store.toys.by_name("Pommai")
    await store.toys.save(replace(first, name="Mimi"))
    await database.aclose()
    again = await Database.open(folder, clock)

    assert [toy.name for toy in await Store(again, Bus(), clock).toys.list()] == ["Mimi"]
    await again.aclose()


async def test_everything_about_a_toy_comes_back(store: Store) -> None:
    await store.children.save(Child("c1", "Anu", 2020))
    toy = Toy(
        id="t1",
        name="யானை",
        persona="You are {toy}.",
        language="ta",
        voice=Voice("amy", {"speed": 0.9}, "piper", "mp3"),
        providers=ProviderChoice(stt=("whisper", "sphinx"), llm=("openai",)),
        model="gpt-oss",
        temperature=0.2,
        max_tokens=50,
        safety_level=SafetyLevel.MODERATE,
        blocked_topics=frozenset({"ghosts", "பேய்"}),
        thresholds={Category.SCARY: 0, Category.VIOLENCE: 7},
        patience=Patience.PATIENT,
        home_assistant_rights=HomeAssistantRights(
            frozenset({HomeAssistantTask.LIGHTS}), ("kitchen",), ("radio",)
        ),
        child_ids=frozenset({"c1"}),
    )

    assert await store.toys.save(toy) == toy
    assert await store.toys.get("t1") == toy
    assert await store.toys.get("t2") is None


async def test_a_toy_is_found_by_its_name_in_any_case(store: Store, toy: Toy) -> None:
    assert await store.toys.by_name("  pOMMAI ") == toy
    with pytest.raises(NotFoundError, match="no toy called 'Pomai'; did you mean Pommai"):
        await store.toys.by_name("Pomai")


async def test_two_toys_never_share_a_name(store: Store, toy: Toy) -> None:
    with pytest.raises(RefusedError, match="there is a toy called POMMAI already"):
        await store.toys.save(Toy("other", "POMMAI"))
    await store.toys.save(replace(toy, name="POMMAI"))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": "x" * 61}, "a toy's name has 61 characters; at most 60 fit"),
        ({"name": " \n"}, "a toy's name is empty"),
        ({"persona": "x" * 4001}, "Pommai's persona has 4001 characters; at most 4000 fit"),
        ({"blocked_topics": frozenset(map(str, range(51)))}, "51 blocked topics; at most 50 fit"),
        ({"blocked_topics": frozenset({"x" * 81})}, "a blocked topic has 81 characters"),
        ({"thresholds": {Category.SCARY: 8}}, "threshold for scary is 8: it must be 0 to 7"),
    ],
)
async def test_what_a_parent_enters_too_long_is_refused_by_name(
    store: Store, toy: Toy, fields: dict[str, object], complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        await store.toys.save(replace(toy, **fields))  # type: ignore[arg-type]  # any one field

    assert await store.toys.get(toy.id) == toy


async def test_the_longest_that_fits_is_kept(store: Store, toy: Toy) -> None:
    topics = frozenset(str(n).rjust(80, "x") for n in range(50))
    longest = replace(toy, name="x" * 60, persona="y" * 4000, blocked_topics=topics)

    await store.toys.save(longest)
    assert await store.toys.get(toy.id) == longest


async def test_a_toy_for_an_unknown_child_is_refused(store: Store, toy: Toy) -> None:
    with pytest.raises(DataError, match="names a toy, child or turn that isn't there"):
        await store.toys.save(replace(toy, child_ids=frozenset({"nobody"})))


async def test_satellites_are_kept_until_forgotten(
    store: Store, toy: Toy, bus: Bus, clock: FakeClock
) -> None:
    satellite = Satellite(
        key="id:0042",
        name="Bear",
        addresses=(("192.0.2.7", 10700), ("2001:db8::7", 10700)),
        hardware="Zero 2 W",
        firmware="0.1.0",
        boot_id="b1",
        state=SatelliteState.ONLINE,
        state_detail="all well",
        adopted=True,
        toy_id=toy.id,
        last_seen=clock.now(),
    )
    with bus.subscribe() as events:
        await store.satellites.save(satellite)
        assert await events.get() == SatellitesChanged()
    said = await store.turns.begin(turn(toy.id, clock.now(), satellite_key=satellite.key))

    assert await store.satellites.get(satellite.key) == satellite
    await store.satellites.forget(satellite.key)
    assert await store.satellites.list() == []
    assert await store.turns.get(said.id) == said


async def test_what_a_satellite_says_of_itself_is_shortened(store: Store) -> None:
    chatty = Satellite("name:x", "n" * 999, tuple(("h", port) for port in range(99)), "h" * 999)
    await store.satellites.save(chatty)
    (kept,) = await store.satellites.list()

    assert (len(kept.name), len(kept.addresses), len(kept.hardware)) == (200, 16, 200)
