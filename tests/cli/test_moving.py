"""`pommai-hub toys export` and `import`: from one data folder into another."""

import json
from pathlib import Path

from tests.cli.command import ServingHub, hub_command, one_line


def test_a_toy_moves_into_another_household_with_its_memories(
    data: Path, running: ServingHub, tmp_path: Path
) -> None:
    file, other = tmp_path / "toy.zip", tmp_path / "other"
    hub_command("children", "add", "Mia", "--data", data)
    hub_command("memories", "add", "Mia", "Mia likes trains", "--data", data)
    saved = hub_command("toys", "export", "pommai", file, "--child", "Mia", "--data", data)
    assert saved.returncode == 0, saved.stderr
    assert "Anybody who has the file can read it." in " ".join(saved.stdout.split())
    again = hub_command("toys", "export", "pommai", file, "--data", data)
    assert "is there already: name a new file" in one_line(again)

    hub_command("children", "add", "Mia", "--data", other)
    arrived = hub_command(
        *("toys", "import", file, "--name", "Mimi", "--child", "mia", "--json"),
        *("--data", other),
    )
    assert arrived.returncode == 0, arrived.stderr
    answer = json.loads(arrived.stdout)
    assert (answer["name"], answer["notes"]) == ("Mimi", [])
    listed = json.loads(hub_command("toys", "list", "--json", "--data", other).stdout)
    assert {toy["name"] for toy in listed["toys"]} == {"Pommai", "Mimi"}
    lines = hub_command("memories", "list", "Mia", "--json", "--data", other).stdout
    assert [line["text"] for line in json.loads(lines)["memories"]] == ["Mia likes trains"]


def test_what_can_not_be_is_said_in_one_line(data: Path, tmp_path: Path) -> None:
    text, big = tmp_path / "text", tmp_path / "big"
    text.write_text("Hello")
    big.write_bytes(bytes(500_000))
    for asked, why in (
        (("import", text), "can't be read as a ZIP"),
        (("import", big), "too big for a toy's file"),
        (("import", tmp_path / "none"), "can't be read: No such file"),
        (("export", "nobody", tmp_path / "x"), "no toy called 'nobody'"),
        (("export", "pommai", tmp_path / "no" / "x"), "can't be written: No such file"),
        (("export", "pommai", tmp_path / "y", "--child", "Tom"), "no child called 'Tom'"),
    ):
        assert why in one_line(hub_command("toys", *asked, "--data", data))
    assert sorted(path.name for path in tmp_path.iterdir() if path != data) == ["big", "text"]
