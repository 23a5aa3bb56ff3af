"""`pommai-hub talks`: what was said, found, deleted, brought back and saved."""

import json
from pathlib import Path
from typing import Any

from tests.cli.command import hub_command, one_line


def talks(data: Path, *args: str) -> Any:
    answer = hub_command("talks", *args, "--json", "--data", data)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_what_was_said_is_found_deleted_brought_back_and_saved(data: Path) -> None:
    said = hub_command("say", "--toy", "Pommai", "Why is the sky blue?", "--data", data)
    assert said.returncode == 0, said.stderr
    [talk] = talks(data, "list")["talks"]
    assert (talk["turns"], talk["first_heard"]) == (1, "Why is the sky blue?")
    [turn] = talks(data, "search", "sky", "blue")["turns"]
    assert "Why is the sky blue?" in hub_command("talks", "show", talk["id"], "--data", data).stdout
    assert "say --yes" in one_line(hub_command("talks", "delete", "everything", "--data", data))

    removal = talks(data, "delete", "turn", turn["id"])
    assert talks(data, "list")["talks"] == []
    talks(data, "undo", removal["id"])
    exported = hub_command("talks", "export", "--data", data).stdout.splitlines()
    assert [json.loads(line)["heard"] for line in exported] == ["Why is the sky blue?"]
    kept = hub_command("talks", "keep", "90", "--data", data)
    assert kept.stdout == "What was said is kept for 90 days.\n"
    corrections = hub_command("talks", "corrections", "--data", data)
    assert json.loads(corrections.stdout)["turns"] == []


def test_what_can_not_be_is_said_in_one_line(data: Path) -> None:
    for asked, why in (
        (("show", "nope"), "no such talk"),
        (("delete", "day", "soon"), "no day"),
        (("undo", "nope"), "nothing to undo"),
        (("search", "!!"), "no letter"),
    ):
        assert why in one_line(hub_command("talks", *asked, "--data", data))
