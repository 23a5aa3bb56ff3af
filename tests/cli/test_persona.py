"""`pommai-hub toys persona` and `characters`."""

import json
from pathlib import Path
from typing import Any

from tests.cli.command import ServingHub, hub_command, one_line


def persona(data: Path, *args: str) -> Any:
    answer = hub_command("toys", "persona", "pommai", *args, "--json", "--data", data)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_who_a_toy_is_is_shown_changed_and_brought_back(data: Path, running: ServingHub) -> None:
    first = persona(data)
    calm = persona(data, "--trait", "calm", "--trait", "wise", "--interest", "", "--no-asks-back")
    changes = {"traits": ["calm", "wise"], "interests": [], "asks_back": False}
    assert calm["persona"] == first["persona"] | changes
    listed = hub_command("toys", "characters", "--data", data).stdout
    assert "fin: Captain Fin, an otter who sails." in " ".join(listed.split())
    fin = persona(data, "--character", "fin", "--kind", "a small whale", "--versions")
    assert [kept["version"] for kept in fin["versions"]] == [3, 2, 1]
    assert persona(data, "--version", "1")["persona"] == first["persona"]
    shown = hub_command("toys", "persona", "Pommai", "--versions", "--data", data).stdout
    lines = shown.splitlines()
    assert lines[0] == "Pommai's answers are normal, and it often asks something back."
    assert [line.split(",")[0] for line in lines[-4:]] == [f"Version {n}" for n in (4, 3, 2, 1)]
    assert lines[-3].endswith(": a small whale")
    for asked, why in (
        (("nobody",), "no toy called 'nobody'"),
        (("pommai", "--kind", "x" * 81), "kind: "),
        (("pommai", "--version", "7"), "not kept any more"),
        (("pommai", "--character", "x"), "no character 'x'"),
        (("pommai", "--catchphrase", "I will kill you."), "would not let it say"),
    ):
        assert why in one_line(hub_command("toys", "persona", *asked, "--data", data))
