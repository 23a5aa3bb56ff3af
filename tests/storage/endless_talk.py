"""A hub's process that keeps turns until it is killed: `endless_talk.py FOLDER`.

Prints a line for each thing that the store has said is on the disk.
"""

import asyncio
import sys
from pathlib import Path

from hub.domain.clock import SystemClock
from hub.domain.talks.talk import Turn, TurnState
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store


async def main() -> None:
    clock = SystemClock()
    store = Store(await Database.open(Path(sys.argv[1]), clock), Bus(), clock)
    toy = await store.toys.by_name("Pommai")
    number = 0
    while True:
        number += 1
        turn = await store.turns.begin(
            Turn(f"t{number}", toy.id, "satellite", clock.now(), heard="words " * 100)
        )
        print(turn.id, "thinking", flush=True)
        if number % 2:
            turn.state = TurnState.DONE
            await store.turns.save(turn)
            print(turn.id, "done", flush=True)


asyncio.run(main())
