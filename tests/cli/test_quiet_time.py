"""`pommai-hub quiet` and `toys pause`: with a hub and without one."""

import json
from pathlib import Path

from tests.cli.command import ServingHub, hub_command, one_line, serving_hub


def said(data: Path) -> str:
    answer = hub_command("say", "--toy", "Pommai", "Tell me a joke", "--json", "--data", data)
    return str(json.loads(answer.stdout)["said"])


def is_quiet(data: Path) -> bool:
    return "quiet time" in said(data).casefold()


def test_quiet_time_outlives_hubs_and_ends_when_somebody_says_so(data: Path) -> None:
    begun = hub_command("quiet", "on", "--data", data)
    assert begun.stdout == "Quiet time; `pommai-hub quiet off` ends it.\n"
    assert is_quiet(data)
    with serving_hub(data):
        assert is_quiet(data)
        assert hub_command("quiet", "off", "--data", data).stdout == "Quiet time is over.\n"
        assert not is_quiet(data)
        assert hub_command("quiet", "on", "--data", data).returncode == 0
    assert is_quiet(data)


def test_one_toy_is_paused_by_its_name(data: Path, running: ServingHub) -> None:
    assert hub_command("toys", "pause", "pommai", "--data", data).stdout == "Pommai is paused.\n"
    assert is_quiet(data)
    resumed = hub_command("toys", "resume", "Pommai", "--json", "--data", data)
    assert json.loads(resumed.stdout) == {"toy": "Pommai", "paused": False}
    assert not is_quiet(data)
    assert "no toy called 'Teddy'" in one_line(
        hub_command("toys", "pause", "Teddy", "--data", data)
    )
