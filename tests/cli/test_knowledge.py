"""`pommai-hub knowledge`: with a hub and without one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ServingHub, hub_command, one_line

GRANDMA = "Grandma Rosa was born in Lisbon."


def knowledge(data: Path, *args: str) -> Any:
    answer = hub_command("knowledge", *args, "--json", "--data", data)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_a_file_is_added_tried_listed_and_removed(
    data: Path, running: ServingHub, tmp_path: Path
) -> None:
    file = tmp_path / "Our family.md"
    file.write_text(f"# Family\n\n{GRANDMA}\n", "utf-8")
    added = knowledge(data, "add", str(file), "--kind", "fact")
    assert (added["title"], added["state"], added["passages"]) == ("Our family", "ready", 1)
    tried = knowledge(data, "try", "Pommai", "where was grandma born?")
    assert tried["found"][0]["text"] == f"Family {GRANDMA}"
    assert "Lisbon" in " ".join(tried["said"])
    listed = hub_command("knowledge", "list", "--data", data).stdout
    assert "Our family" in listed
    shown = hub_command("knowledge", "show", added["id"], "--data", data).stdout
    assert shown == f"Our family\n\nFamily {GRANDMA}\n"
    removed = hub_command("knowledge", "remove", added["id"], "--data", data)
    assert removed.stdout == "“Our family” is removed.\n"
    assert knowledge(data, "list")["documents"] == []


def test_a_text_is_kept_for_one_toy_without_a_running_hub(data: Path) -> None:
    added = knowledge(data, "add", "--text", GRANDMA, "--toy", "Pommai", "--cloud")
    assert (added["toy"], added["cloud"], added["state"]) == ("Pommai", True, "ready")


def test_a_web_page_is_fetched_and_kept(data: Path, running: ServingHub) -> None:
    pages = running.ready.guardian_url
    add = ("add", "--address", f"{pages}setup", "--title", "Our pages")
    assert "is on your own network" in one_line(hub_command("knowledge", *add, "--data", data))
    asked = hub_command("knowledge", *add, "--at-home", "--data", data)
    assert "say --yes" in one_line(asked)
    added = knowledge(data, *add, "--at-home", "--yes")
    assert (added["title"], added["state"]) == ("Our pages", "ready")
    assert added["source"] == f"{pages}setup"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("add",), "say what toys are to know"),
        (("add", "nowhere.txt"), "can't be read: No such file"),
        (("add", "--text", GRANDMA, "--toy", "Nobody"), "Nobody"),
        (("remove", "none"), "there is no such document"),
    ],
)
def test_what_cannot_be_done_says_why(data: Path, asked: tuple[str, ...], why: str) -> None:
    assert why in one_line(hub_command("knowledge", *asked, "--data", data))
