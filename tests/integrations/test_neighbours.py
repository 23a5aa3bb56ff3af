"""A hub, Home Assistant's machine and a stranger's on one network: who finds the services, and who is let in."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from hub.domain.api import WyomingServerSettings
from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.store import Store
from tests.devices.processes import PATIENCE_S, ROOT, Hub
from tests.devices.scripted import until
from tests.netns import Machine, machines
from tests.new_household import open_household


async def keep(folder: Path, settings: WyomingServerSettings) -> None:
    clock = SystemClock()
    database = await open_household(folder, clock)
    await Store(database, Bus(), clock).wyoming_services.save(settings)
    await database.aclose()


async def sees(machine: Machine) -> Any:
    """What a machine finds on its network."""
    child = await asyncio.create_subprocess_exec(
        *machine.prefix,
        *(sys.executable, "-m", "tests.integrations.neighbour"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        printed, _ = await child.communicate()
    return json.loads(printed)


async def test_the_services_are_found_by_all_and_let_in_whom_a_parent_allowed(
    tmp_path: Path,
) -> None:
    with machines(3) as (home, assistant, stranger):
        allowed = WyomingServerSettings(True, (home.device,), (assistant.address,))
        await keep(tmp_path / "data", allowed)
        async with Hub(tmp_path, home.address, home.prefix) as hub:
            await until(lambda: "listening for other machines" in hub.log.read_text(), PATIENCE_S)
            found, guessed = await asyncio.gather(sees(assistant), sees(stranger))
    assert found["name"].startswith("pommai-hub-")
    assert found["at"] == guessed["at"] == [home.address, 10600]
    assert found["programs"] == ["Pommai"] * 3
    assert guessed["programs"] == []
    assert "turned away" in hub.log.read_text()
