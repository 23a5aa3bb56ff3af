import asyncio
import sys
from pathlib import Path

import pytest

from hub.domain.talks.talk import TurnState
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock

PROCESS = Path(__file__).with_name("endless_talk.py")


@pytest.mark.parametrize("lines_before_death", [1, 2, 37, 100])
async def test_a_hub_killed_in_mid_write_loses_no_word_and_shows_the_cut(
    folder: Path, clock: FakeClock, lines_before_death: int
) -> None:
    hub = await asyncio.create_subprocess_exec(
        sys.executable, PROCESS, folder, stdout=asyncio.subprocess.PIPE
    )
    assert hub.stdout is not None
    promised = [await hub.stdout.readline() for _ in range(lines_before_death)]
    hub.kill()
    promised += [line for line in (await hub.stdout.read()).splitlines() if line]
    await hub.wait()
    last_word = dict(line.decode().split() for line in promised)

    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    before = {turn.id: turn for turn in await store.turns.recent(10_000)}
    assert last_word.keys() <= before.keys()
    assert all(turn.heard == "words " * 100 for turn in before.values())
    for turn_id, state in last_word.items():
        if state == "done":
            assert before[turn_id].state is TurnState.DONE

    await store.turns.cut_unfinished()
    for turn in await store.turns.recent(10_000):
        was = before[turn.id].state
        assert turn.state is (TurnState.CUT if was is TurnState.THINKING else TurnState.DONE)
    await database.aclose()


async def test_a_command_beside_a_busy_hub_reads_and_writes(folder: Path, clock: FakeClock) -> None:
    hub = await asyncio.create_subprocess_exec(
        sys.executable, PROCESS, folder, stdout=asyncio.subprocess.PIPE
    )
    assert hub.stdout is not None
    await hub.stdout.readline()
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    for n in range(20):
        await store.meta.set(f"key{n}", "value")
        await hub.stdout.readline()
    assert await store.turns.recent(1)
    assert await store.meta.get("key19") == "value"
    hub.kill()
    await hub.communicate()
    await database.aclose()
