"""A guess by the voice: what it is made of, and all that makes it none."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hub.domain.family.children import Child
from hub.domain.family.voice_hints import ENOUGH_UTTERANCES, MOST_UTTERANCES, VoiceHint
from hub.errors import ModelError
from hub.events import Bus
from hub.knowledge.voice_hints import MAX_GUESS_S, VoiceHints
from hub.providers.listening.voice_model import VoiceModel
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household
from tests.voices import HIGH_HZ, LOW_HZ, make_voice_model, voice

LUCYS, MAXS = voice(LOW_HZ), voice(HIGH_HZ)


@pytest.fixture
async def model(tmp_path: Path) -> AsyncIterator[VoiceModel]:
    model = VoiceModel(make_voice_model(tmp_path / "voice.onnx"))
    yield model
    await model.aclose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    database = await open_household(tmp_path / "home", clock)
    store = Store(database, Bus(), clock)
    for name in ("lucy", "max"):
        await store.children.save(Child(name, name.title()))
        await store.voice_hints.agree(VoiceHint(f"{name}'s", name, clock.now(), "I agree."))
    yield store
    await database.aclose()


async def heard(
    hints: VoiceHints, store: Store, child_id: str, pcm: bytes, times: int
) -> VoiceHint:
    for _ in range(times):
        await hints.learn(child_id, pcm)
    [hint] = await store.voice_hints.of([child_id])
    return hint


async def test_from_some_utterances_on_the_nearest_voice_is_guessed(
    model: VoiceModel, store: Store, clock: FakeClock
) -> None:
    hints = VoiceHints(store, model, "tiny", clock)
    lucy = await heard(hints, store, "lucy", LUCYS, ENOUGH_UTTERANCES - 1)
    assert await hints.guess(LUCYS, [lucy]) is None, "not learned yet"
    lucy = await heard(hints, store, "lucy", LUCYS, 1)
    max_ = await heard(hints, store, "max", MAXS, ENOUGH_UTTERANCES)
    for pcm, child_id in ((LUCYS, "lucy"), (MAXS, "max")):
        assert await hints.guess(pcm, [lucy, max_]) == child_id
    assert await hints.guess(MAXS, [lucy]) is None, "the voice of nobody who is known"
    assert await hints.guess(LUCYS, [lucy, replace(lucy, child_id="twin")]) is None
    assert await hints.guess(LUCYS[:1000], [lucy]) is None, "too short"
    other = VoiceHints(store, model, "another network", clock)
    assert await other.guess(LUCYS, [lucy]) is None
    assert (await heard(other, store, "lucy", LUCYS, 1)).utterances == 1, "learned anew"


async def test_it_learns_so_much_and_no_more_and_from_no_other_voice(
    model: VoiceModel, store: Store, clock: FakeClock
) -> None:
    hints = VoiceHints(store, model, "tiny", clock)
    before = await heard(hints, store, "lucy", LUCYS, 3)
    assert await heard(hints, store, "lucy", MAXS, 1) == before, "a sibling has taken over"
    running = asyncio.create_task(hints.run())
    hints.hear("lucy", LUCYS)
    while await store.voice_hints.of(["lucy"]) == [before]:
        await asyncio.sleep(0)
    running.cancel()
    assert (await heard(hints, store, "lucy", LUCYS, MOST_UTTERANCES)).utterances == MOST_UTTERANCES
    await store.voice_hints.erase("lucy")
    await hints.learn("lucy", LUCYS)
    assert await store.voice_hints.of(["lucy"]) == []


async def test_a_model_that_is_slow_or_gives_another_size_makes_no_guess(
    model: VoiceModel, store: Store, clock: FakeClock
) -> None:
    hints = VoiceHints(store, model, "tiny", clock)
    lucy = await heard(hints, store, "lucy", LUCYS, ENOUGH_UTTERANCES)
    shorter = replace(lucy, voice=np.ones(7, "<f4").tobytes())
    assert await hints.guess(LUCYS, [shorter]) is None
    assert await hints.guess(LUCYS, [replace(lucy, voice=b"")]) is None
    done = threading.Event()
    model._thread.submit(done.wait)  # private: so that the network hangs
    late = asyncio.create_task(hints.guess(LUCYS, [lucy]))
    await clock.advance(MAX_GUESS_S)
    assert await late is None
    done.set()
    assert await hints.guess(LUCYS, [lucy]) == "lucy", "the next one in time"


@pytest.mark.parametrize("wrong", ["missing", "damaged", "other", "nonsense"])
async def test_a_model_that_fails_makes_no_guess(
    tmp_path: Path, store: Store, clock: FakeClock, wrong: str
) -> None:
    path = tmp_path / "wrong.onnx"
    if wrong == "damaged":
        path.write_bytes(b"nonsense")
    elif wrong != "missing":
        make_voice_model(path, bands=40 if wrong == "other" else 80, nonsense=wrong == "nonsense")
    model = VoiceModel(path)
    hints = VoiceHints(store, model, "tiny", clock)
    learned = VoiceHint("x", "lucy", clock.now(), "", "tiny", np.ones(80, "<f4").tobytes(), 9)
    try:
        with pytest.raises(ModelError):
            await model.embed(LUCYS)
        assert await hints.guess(LUCYS, [learned]) is None
    finally:
        await model.aclose()
