"""`pommai-hub toys update`: what a person is shown while a toy is updated, and how it ends."""

import asyncio
import io
from typing import Any, cast

import pytest
from rich.console import Console

from hub.cli.client import HubClient
from hub.cli.toys.live import LOOK_EVERY_S, update
from hub.domain.toys import UpdateStep
from hub.errors import RefusedError
from tests.clock import FakeClock

HASH = "ab" * 32


def teddy(step: UpdateStep | None, percent: int = 0, detail: str = "") -> dict[str, Any]:
    """As a hub lists it; without a step it is up to date."""
    told = {"version": "9.1.0", "sha256": HASH, "step": step, "percent": percent, "detail": detail}
    runs = "9.1.0" if step is None else "0.1.0"
    satellite = {"key": "id:1", "name": "Teddy", "adopted": True, "firmware": runs}
    return satellite | {"update": told if step else None}


class Running:
    """A hub that says these, one after the other."""

    def __init__(self, *said: dict[str, Any]) -> None:
        self._said = list(said)

    async def call(self, method: str, path: str) -> dict[str, Any]:
        if (method, path) == ("POST", "/devices/Teddy/update"):
            return self._said.pop(0)
        assert (method, path) == ("GET", "/devices")
        return {"devices": [self._said.pop(0)]}


async def told(*said: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What comes of it, and what was shown."""
    shown, clock = io.StringIO(), FakeClock()
    remote = cast(HubClient, Running(*said))
    running = asyncio.create_task(update(remote, "Teddy", clock, Console(file=shown, width=200)))
    await clock.advance(LOOK_EVERY_S * len(said))
    return await running, shown.getvalue()


async def test_the_whole_hash_is_shown_and_the_end_is_awaited() -> None:
    updated, shown = await told(
        teddy(UpdateStep.SENDING),
        teddy(UpdateStep.SENDING, 60),
        teddy(UpdateStep.WAITING, 60),
        teddy(UpdateStep.INSTALLING, 100),
        teddy(UpdateStep.STARTING, 100),
        teddy(None),
    )
    assert updated["firmware"] == "9.1.0"
    assert f"Teddy runs 0.1.0; this hub has 9.1.0 for it, SHA-256\n{HASH}\n" in shown


async def test_why_a_toy_was_not_updated_is_its_error() -> None:
    with pytest.raises(RefusedError, match="Teddy was not updated: it needs more"):
        await told(teddy(UpdateStep.SENDING), teddy(UpdateStep.FAILED, detail="it needs more"))


async def test_a_toy_that_was_released_meanwhile_is_not_waited_for() -> None:
    with pytest.raises(RefusedError, match="was released"):
        await told(teddy(UpdateStep.SENDING), teddy(UpdateStep.SENDING) | {"adopted": False})
