"""`pommai-hub children`: with a hub and without one."""

import json
import re
from pathlib import Path
from typing import Any

from tests.cli.command import ServingHub, hub_command, one_line


def children(data: Path, *args: str) -> Any:
    answer = hub_command("children", *args, "--json", "--data", data)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_children_are_added_changed_and_given_a_toy(data: Path, running: ServingHub) -> None:
    added = hub_command("children", "add", "Mia", "--born", "2019-05", "--data", data)
    assert added.stdout.startswith("Mia is added;")
    mia = children(
        data,
        "set",
        "mia",
        "--pronouns",
        "she/her",
        "--born",
        "2019-05-17",
        "--gentle",
        "the dark",
        *("--level", "moderate"),
    )
    assert (mia["name"], mia["born"], mia["pronouns"]) == ("Mia", "2019-05-17", "she/her")
    assert (mia["likes"], mia["gentle"], mia["safety_level"]) == ("", "the dark", "moderate")
    assert children(data, "set", "mia", "--level", "as-toys")["safety_level"] is None
    agreed = hub_command("children", "voice-hint", "Mia", "--agree", "--data", data)
    assert "we keep no sound of it" in agreed.stdout
    [mia] = children(data, "list")["children"]
    assert (mia["voice_hint"]["utterances"], mia["voice_hint"]["is_learned"]) == (0, False)
    assert children(data, "voice-hint", "Mia", "--erase")["voice_hint"] is None
    children(data, "add", "Tom")
    given = hub_command("children", "toy", "Pommai", "Tom", "Mia", "--data", data)
    assert given.stdout == "Pommai is Tom and Mia's now.\n"
    handed = hub_command("children", "hand", "Pommai", "Tom", "--data", data)
    assert handed.stdout == "Tom has Pommai now, for this talk or the next.\n"
    assert children(data, "hand", "Pommai") == {"toy": "Pommai", "child": ""}
    visit = ("toys", "visit", "Pommai")
    assert "say who visits" in one_line(hub_command(*visit, "--data", data))
    begun = hub_command(*visit, "--name", "Anna", "--age", "5", "--data", data)
    assert re.fullmatch(r"Anna visits Pommai until \d\d \w+ 20\d\d, \d\d:\d\d\.\n", begun.stdout)
    ended = hub_command(*visit, "--end", "--data", data)
    assert ended.stdout == "Anna visits Pommai no more.\n"
    assert children(data, "archive", "Tom")["toys"] == []
    assert "Tom is archived" in one_line(
        hub_command("children", "toy", "Pommai", "Tom", "--data", data)
    )
    assert "say --yes" in one_line(hub_command("children", "remove", "Tom", "--data", data))
    removed = hub_command("children", "remove", "Tom", "--yes", "--data", data)
    assert removed.stdout.startswith("Tom is removed, with 0 exchanges.")
    assert [child["name"] for child in children(data, "list")["children"]] == ["Mia"]
    undone = removed.stdout.split("talks undo ")[1].split("`")[0]
    hub_command("talks", "undo", undone, "--data", data)
    assert children(data, "list")["children"][1]["name"] == "Tom"
    children(data, "remove", "Tom", "--yes")
    [only] = children(data, "list")["children"]
    assert (only["name"], only["toys"], only["level"]) == ("Mia", ["Pommai"], "strict")
    listed = hub_command("children", "list", "--data", data).stdout
    assert "2019-05-17" in listed


def test_a_child_is_printed_row_by_row(data: Path) -> None:
    children(data, "add", "Mia", "--born", "2019")
    printed = hub_command("children", "export", "Mia", "--data", data).stdout.splitlines()
    rows = [json.loads(line) for line in printed]
    assert [row["row"]["name"] for row in rows if row["part"] == "children"] == ["Mia"]
    assert rows[-1]["part"] == "figures"


def test_what_can_not_be_is_said_in_one_line(data: Path) -> None:
    for asked, why in (
        (("add", "Mia", "--born", "2019-02-30"), "there is no such day as 2019-02-30"),
        (("add", "Mia", "--born", "soon"), "born"),
        (("set", "Nobody", "--name", "x"), "no child called 'Nobody'"),
    ):
        assert why in one_line(hub_command("children", *asked, "--data", data))
    assert children(data, "list") == {"children": []}
