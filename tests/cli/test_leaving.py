"""`pommai-hub toys archive`, `restore` and `remove`, with a hub that runs."""

import json
from pathlib import Path

from tests.cli.command import ServingHub, hub_command, one_line


def toys(data: Path, *args: str) -> str:
    answer = hub_command("toys", *args, "--data", data)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_toy_is_archived_comes_back_and_is_removed(data: Path, running: ServingHub) -> None:
    assert toys(data, "archive", "pommai") == "Pommai is archived.\n"
    listed = json.loads(toys(data, "list", "--json"))
    assert (listed["toys"], listed["archived"]) == ([], ["Pommai"])
    assert "Archived: Pommai" in toys(data, "list")
    assert toys(data, "restore", "Pommai") == "Pommai is back.\n"
    assert "say --yes" in one_line(hub_command("toys", "remove", "Pommai", "--data", data))
    removed = toys(data, "remove", "Pommai", "--yes")
    assert removed.startswith("Pommai is removed, with 0 exchanges.")
    assert "no toy called 'Pommai'" in one_line(
        hub_command("toys", "pause", "Pommai", "--data", data)
    )
    undone = removed.split("talks undo ")[1].split("`")[0]
    hub_command("talks", "undo", undone, "--data", data)
    assert [toy["name"] for toy in json.loads(toys(data, "list", "--json"))["toys"]] == ["Pommai"]
