"""`pommai-hub limits`: with a hub and without one."""

import json
from pathlib import Path
from typing import Any

from tests.cli.command import ServingHub, hub_command, one_line

ALL_DAY = ("--minutes", "60", "--weekend-minutes", "60")


def limits(data: Path, *args: str) -> Any:
    answer = hub_command("limits", *args, "--json", "--data", data)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_limits_are_set_given_and_shown(data: Path, running: ServingHub) -> None:
    assert hub_command("children", "add", "Mia", "--data", data).returncode == 0
    shown = limits(
        data,
        "set",
        "mia",
        *ALL_DAY,
        "--bedtime",
        "20:00-06:30",
        "--at-bedtime",
        "story",
        "--talk",
        "25",
    )
    assert shown["limits"] == {
        "weekday": {"minutes": 60, "bedtime": {"begins": "20:00", "ends": "06:30"}, "rest": None},
        "weekend": {"minutes": 60, "bedtime": None, "rest": None},
        "at_bedtime": ["story"],
        "at_rest": [],
        "talk_minutes": 25,
        "switches": {"off": [], "at_hours": [], "hours": None},
    }
    assert limits(data, "set", "Mia", "--bedtime", "none")["limits"]["weekday"] == {
        "minutes": 60,
        "bedtime": None,
        "rest": None,
    }
    assert limits(data, "give", "Mia", "more-minutes", "--minutes", "15")["minutes_left"] == 75
    assert limits(data, "give", "Mia", "one-more-story")["story_waits"]
    told = hub_command("limits", "show", "Mia", "--data", data).stdout
    assert told.startswith("Mia: 75 minutes are left today, and one more story waits.\n")
    assert not limits(data, "show", "Pommai", "--toy")["limited"]
    hub_command("children", "toy", "Pommai", "Mia", "--data", data)
    assert limits(data, "show", "Pommai", "--toy")["minutes_left"] == 75


def test_after_the_minutes_are_used_up_the_toy_says_so(data: Path) -> None:
    used_up = ("--minutes", "0", "--weekend-minutes", "0")
    told = hub_command("limits", "set", "Pommai", "--toy", *used_up, "--data", data)
    assert told.stdout.startswith("Pommai: the minutes are used up.\n")
    answer = hub_command("say", "--toy", "Pommai", "Tell me a joke", "--json", "--data", data)
    assert "today" in json.loads(answer.stdout)["said"] or "minutes" in answer.stdout


def test_what_can_not_be_is_said_in_one_line(data: Path) -> None:
    for asked, why in (
        (("set", "Pommai", "--toy", "--minutes", "lots"), "give a whole number, or none"),
        (("set", "Pommai", "--toy", "--minutes", "1441"), "weekday.minutes"),
        (("set", "Pommai", "--toy", "--bedtime", "8pm"), "give it such as 20:00-06:30"),
        (("set", "Pommai", "--toy", "--bedtime", "20:00-20:00"), "another time than it begins"),
        (("show", "Nobody"), "no child called 'Nobody'"),
    ):
        assert why in one_line(hub_command("limits", *asked, "--data", data))
