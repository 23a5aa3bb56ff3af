"""`pommai-hub memories`: with a hub and without one."""

import json
from pathlib import Path
from typing import Any

from tests.cli.command import ServingHub, hub_command, one_line


def memories(data: Path, *args: str) -> Any:
    answer = hub_command("memories", *args, "--json", "--data", data)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_lines_are_switched_on_added_changed_and_erased(data: Path, running: ServingHub) -> None:
    hub_command("children", "add", "Mia", "--data", data)
    assert memories(data, "list", "mia")["on"] is False
    on = memories(data, "on", "Mia", "--cloud")
    assert (on["on"], on["cloud"]) == (True, True)
    [line] = memories(data, "add", "Mia", "Mia likes trains")["memories"]
    assert (line["text"], line["source"], line["turn_gone"]) == (
        "Mia likes trains",
        "parent",
        False,
    )
    assert memories(data, "change", line["id"], "Mia likes ships")["text"] == "Mia likes ships"
    listed = hub_command("memories", "list", "Mia", "--data", data).stdout
    assert "Toys remember Mia" in listed
    assert "Mia likes ships" in listed
    assert memories(data, "off", "Mia")["cloud"] is True
    memories(data, "add", "Mia", "Mia has a cat")
    assert "2 lines about Mia" in one_line(
        hub_command("memories", "erase-all", "Mia", "--data", data)
    )
    erased = hub_command("memories", "erase", line["id"], "--data", data)
    assert erased.stdout == "The line is erased.\n"
    assert memories(data, "erase-all", "Mia", "--yes")["memories"] == []


def test_what_can_not_be_is_said_in_one_line(data: Path) -> None:
    hub_command("children", "add", "Mia", "--data", data)
    for asked, why in (
        (("list", "Tom"), "no child called 'Tom'"),
        (("erase", "x"), "no such memory"),
        (("add", "Mia", "..."), "nothing to remember"),
        (("add", "Mia", "x" * 201), "text"),
        (("add", "Mia", "Mia likes to hurt and kill cats"), "the guard does not let a toy say"),
    ):
        assert why in one_line(hub_command("memories", *asked, "--data", data))
