"""A running hub whose family deletes everything starts as new by itself."""

from pathlib import Path

from hub.cli.client import running_hub
from tests.cli.command import RunningHub


async def test_it_starts_as_new_and_prints_a_new_code(process: RunningHub, data: Path) -> None:
    async with running_hub(data) as hub:
        assert hub is not None
        before = await hub.call("GET", "/hub")
        await hub.call("POST", "/privacy/erase", typed="delete everything")
    assert process.process.stdout is not None
    later: list[str] = []
    for line in process.process.stdout:
        later.append(line.strip())
        if line.startswith("One-time code"):
            break
    assert any(line.endswith("starts anew.") for line in later)
    async with running_hub(data) as hub:
        assert hub is not None
        assert (await hub.call("GET", "/hub"))["id"] != before["id"]
    assert later[-1] != process.said[-1], "another code"
