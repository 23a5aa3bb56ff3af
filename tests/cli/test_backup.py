"""`pommai-hub backup` and `restore`, while a hub runs and on another computer."""

import json
import re
from pathlib import Path

from hub.storage.backup import key_of
from tests.backup_servers import SECRET, webdav_server
from tests.cli.command import ServingHub, hub_command, one_line


def test_a_running_hub_is_kept_and_comes_back_elsewhere_with_the_key_of_the_sheet(
    data: Path, running: ServingHub, tmp_path: Path
) -> None:
    folder, there, sheet = tmp_path / "stick", tmp_path / "there", tmp_path / "sheet.html"
    folder.mkdir()
    hub_command("children", "add", "Mia", "--data", data)
    made = hub_command("backup", folder, "--sheet", sheet, "--data", data)
    assert made.returncode == 0, made.stderr
    assert "restored once to try it" in " ".join(made.stdout.split())
    [file] = folder.iterdir()
    assert re.fullmatch(r"pommai-\d{4}-\d\d-\d\dT\d{6}Z\.age", file.name)
    found = re.search(r"AGE-SECRET-KEY-1[A-Z0-9]+", sheet.read_text())
    assert found
    assert found[0] not in made.stdout
    assert sheet.stat().st_mode & 0o777 == 0o600

    back = hub_command("restore", file, "--data", there, stdin=f"{found[0]}\n")
    assert back.returncode == 0, back.stderr
    assert "is back." in back.stdout
    children = hub_command("children", "list", "--json", "--data", there).stdout
    assert [child["name"] for child in json.loads(children)["children"]] == ["Mia"]
    busy = hub_command("restore", file, "--replace", "--data", data, stdin=f"{found[0]}\n")
    assert "another hub" in one_line(busy)


def test_old_backups_are_deleted_and_nothing_else(data: Path, tmp_path: Path) -> None:
    hub_command("children", "add", "Mia", "--data", data)
    folder = tmp_path / "stick"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"pommai-2026-01-0{day}T020000Z.age").write_bytes(b"old")
    (folder / "pommai-notes.age").write_bytes(b"mine")
    made = hub_command("backup", folder, "--keep", "2", "--data", data)
    assert "2 older ones were deleted" in " ".join(made.stdout.split()), made.stderr
    left = sorted(path.name for path in folder.iterdir())
    assert left[0] == "pommai-2026-01-03T020000Z.age"
    assert left[-1] == "pommai-notes.age"
    assert len(left) == 3


def test_what_can_not_be_is_said_in_one_line(data: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("Hello")
    assert "no household to keep" in one_line(
        hub_command("backup", tmp_path / "x.age", "--data", tmp_path / "none")
    )
    for stdin, why in (("", "no key of a backup"), ("AGE-SECRET-KEY-1X\n", "no key of a backup")):
        assert why in one_line(hub_command("restore", text, "--data", data, stdin=stdin))


def test_a_server_is_chosen_and_a_household_comes_back_from_it(data: Path, tmp_path: Path) -> None:
    hub_command("children", "add", "Mia", "--data", data)
    with webdav_server(tmp_path) as server:
        at, secret = (server.address, "--user", server.user), f"{SECRET}\n"
        chosen = hub_command("backups", "server", *at, "--data", data, stdin=secret)
        assert f"each night to {server.address}" in " ".join(chosen.stdout.split()), chosen.stderr
        listed = hub_command("backups", "list", "--json", "--data", data).stdout
        assert SECRET not in listed
        assert json.loads(listed)["server"]["address"] == server.address
        (tmp_path / "pommai").mkdir(exist_ok=True)
        hub_command("backup", tmp_path / "pommai", "--data", data)
        there, key = tmp_path / "there", key_of(data)
        wrong = hub_command("restore", *at, "--data", there, stdin=f"wrong\n{key}\n")
        assert "does not let us in" in one_line(wrong)
        back = hub_command("restore", *at, "--data", there, stdin=f"{secret}{key}\n")
        assert "is back." in back.stdout, back.stderr
    children = hub_command("children", "list", "--json", "--data", there).stdout
    assert [child["name"] for child in json.loads(children)["children"]] == ["Mia"]
    off = hub_command("backups", "off", "--data", data)
    assert "None is made" in off.stdout
