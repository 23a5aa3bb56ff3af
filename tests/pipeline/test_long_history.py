"""No query of a turn grows with what was said before: neither with the day's turns nor with the years'."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from hub.domain.talk import Turn, TurnState
from hub.pipeline.answer.breaks import MAX_TURNS_READ
from hub.storage.database import DATABASE_NAME
from tests.pipeline.scripted import House, ScriptedLlm, house

TURNS = 200_000
MAX_STEPS_AT_FIRST, MAX_STEPS_A_TURN = 200_000, 10_000
"""Of SQLite's machine, after a start and then; to read all of the day's turns takes millions."""
STEPS_AT_ONCE = 100


class Steps:
    def __init__(self) -> None:
        self.count = 0

    def add(self) -> int:
        self.count += STEPS_AT_ONCE
        return 0


@contextmanager
def counted_steps() -> Iterator[Steps]:
    """The steps of each connection that is opened within."""
    steps = Steps()

    def count(connection: sqlite3.Connection, _: Any) -> None:
        connection.set_progress_handler(steps.add, STEPS_AT_ONCE)

    event.listen(Engine, "connect", count)
    try:
        yield steps
    finally:
        event.remove(Engine, "connect", count)


async def talk_for_a_day(home: House, folder: Path) -> None:
    """As many copies of one turn, in one day and one talk."""
    turn = Turn("t0", home.toy.id, "satellite", home.clock.now(), heard="hello", said=["Hello."])
    turn.state = TurnState.DONE
    await home.store.turns.begin(turn)
    with sqlite3.connect(folder / DATABASE_NAME) as database:
        [names] = zip(*database.execute("SELECT name FROM pragma_table_info('turns')"), strict=True)
        copied = ", ".join(name for name in names if name not in ("number", "id", "revision"))
        database.execute(
            f"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TURNS})
            INSERT INTO turns (id, revision, {copied})
            SELECT 't' || i, 1000000 + i, {copied} FROM turns, n WHERE id = 't0'
            """
        )


@pytest.mark.parametrize("text", ["hello", "my dad hits me with a belt"])
async def test_a_turn_reads_no_more_after_200_000_in_one_day(tmp_path: Path, text: str) -> None:
    with counted_steps() as steps:
        async with house(tmp_path, llms=[ScriptedLlm("Hello there.")]) as home:
            await talk_for_a_day(home, tmp_path)
            steps.count = 0
            await home.say(text)
            first, steps.count = steps.count, 0
            await home.say(text)
            later = steps.count
            read = await home.store.turns.begun_since(
                home.toy.id, home.clock.now() - timedelta(hours=1), MAX_TURNS_READ
            )
    assert len(read) == MAX_TURNS_READ
    assert first < MAX_STEPS_AT_FIRST, "the newest turns of the day are counted, once"
    assert later < MAX_STEPS_A_TURN
