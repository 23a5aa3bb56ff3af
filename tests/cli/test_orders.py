"""What a person is told of a toy's settings."""

import pytest

from hub.cli.toys import told

SETTINGS = {
    "volume": 60,
    "volume_cap": 80,
    "led": 30,
    "mute": True,
    "wake": "",
    "follow_up_s": 6,
    "silent_offline": False,
    "next_child": False,
}


@pytest.mark.parametrize(
    ("wake", "how"),
    [
        ("", "as it was started, listens on for 6 s, unless it was started with its button alone."),
        ("button", "by button, listens on for 6 s."),
    ],
)
def test_settings_are_told_in_one_line_as_the_toy_takes_them(wake: str, how: str) -> None:
    answer = {"name": "Teddy", "settings": SETTINGS | {"wake": wake}, "vitals": {}}
    line = "Teddy: volume 60 % (at most 80 %), light 30 %, microphone off, woken "
    assert told("set", answer).startswith(line + how)
    silent = answer | {"settings": SETTINGS | {"silent_offline": True}}
    assert "says nothing without this hub." in told("set", silent)
    chooses = answer | {"settings": SETTINGS | {"next_child": True}}
    assert "goes to the next child at two presses." in told("set", chooses)
    assert "It is away, and gets this when it is back." in told("set", answer)
