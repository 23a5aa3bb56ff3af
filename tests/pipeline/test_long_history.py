"""No query of a turn grows with what was said before: neither with the day's turns nor with the years'."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from hub.domain.talks.talk import Turn, TurnState
from hub.pipeline.answer.breaks import MAX_TURNS_READ
from hub.storage import database
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


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Those of each transaction, counted in place of the time that one may take: SQLite has one such handler."""
    steps = Steps()

    def count(connection: Connection) -> None:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_progress_handler(steps.add, STEPS_AT_ONCE)

    monkeypatch.setattr(database, "_end_in_time", count)
    return steps


async def talk_for_a_day(home: House, folder: Path) -> None:
    """As many copies of one turn, in one day and one talk."""
    turn = Turn("t0", home.toy.id, "satellite", home.clock.now(), heard="hello", said=["Hello."])
    turn.state = TurnState.DONE
    await home.store.turns.begin(turn)
    with sqlite3.connect(folder / DATABASE_NAME) as file:
        [names] = zip(*file.execute("SELECT name FROM pragma_table_info('turns')"), strict=True)
        copied = ", ".join(name for name in names if name not in ("number", "id", "revision"))
        file.execute(
            f"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TURNS})
            INSERT INTO turns (id, revision, {copied})
            SELECT 't' || i, 1000000 + i, {copied} FROM turns, n WHERE id = 't0'
            """
        )


@pytest.mark.parametrize("text", ["hello", "my dad hits me with a belt"])
async def test_a_turn_reads_no_more_after_200_000_in_one_day(
    tmp_path: Path, steps: Steps, text: str
) -> None:
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
    assert 0 < first < MAX_STEPS_AT_FIRST, "the newest turns of the day are counted, once"
    assert 0 < later < MAX_STEPS_A_TURN
