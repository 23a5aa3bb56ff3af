"""`pommai-hub stop` and `resume`: with a hub, without one, and with one that doesn't answer."""

import asyncio
from pathlib import Path

import pytest

from hub import app
from hub.cli import client
from hub.cli.stop import resume, stop
from hub.config import Config, loading
from hub.domain.clock import SystemClock
from hub.errors import LinkError
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.folder import household_lock
from hub.storage.store import Store
from tests.cli.command import RunningHub, hub_command, one_line, serving_hub


def stopped_line(data: Path) -> str:
    return one_line(hub_command("say", "--toy", "Pommai", "hello", "--data", data))


def talks(data: Path) -> bool:
    return hub_command("say", "--toy", "Pommai", "hello", "--data", data).returncode == 0


def test_without_a_hub_the_next_one_starts_stopped(data: Path) -> None:
    stopped = hub_command("stop", "--reason", "bedtime", "--data", data)
    assert stopped.stdout == ("All toys are stopped; `pommai-hub resume` lets them talk again.\n")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    with serving_hub(data):
        assert "lift it with `pommai-hub resume`" in stopped_line(data)
        assert hub_command("resume", "--data", data).stdout == "The toys may talk again.\n"
        assert talks(data)


def test_a_running_hub_stops_and_stays_so_when_it_is_started_again(
    data: Path, process: RunningHub
) -> None:
    assert hub_command("stop", "--data", data).returncode == 0
    assert stopped_line(data).startswith("pommai-hub: the toys are stopped")
    process.process.kill()
    process.process.communicate()
    assert hub_command("resume", "--data", data).returncode == 0
    assert talks(data)


def test_an_endless_reason_is_one_clear_line(data: Path) -> None:
    said = one_line(hub_command("stop", "--reason", "x" * 201, "--data", data))
    assert said == "pommai-hub: the reason has 201 characters; at most 200 fit"


async def stop_reason(data: Path) -> str:
    database = await Database.open(data, SystemClock())
    household = await Store(database, Bus(), SystemClock()).household.get()
    await database.aclose()
    return household.stop_reason


def settings(data: Path) -> Config:
    return loading.load(None, {"POMMAI_DATA": str(data)})


async def test_no_whole_hub_is_started_for_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(app, "App")
    await stop("bedtime", settings(data))
    assert await stop_reason(data) == "bedtime"
    await resume(settings(data))
    assert await stop_reason(data) == ""


async def test_a_hub_that_is_starting_is_waited_for(data: Path) -> None:
    with household_lock(data):
        stopping = asyncio.create_task(stop("bedtime", settings(data)))
        done, _ = await asyncio.wait([stopping], timeout=1)
        assert not done
    await stopping
    assert await stop_reason(data) == "bedtime"


async def test_a_hub_that_does_not_answer_is_told_of_and_will_start_stopped(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_BEGINNING_S", 0.0)
    with household_lock(data), pytest.raises(LinkError, match="its toys may still talk: end it"):
        await stop("fire", settings(data))

    assert await stop_reason(data) == "fire"
