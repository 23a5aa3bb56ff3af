"""How the commands that stay up run their work, and what they say."""

import asyncio
import os
import signal

import pytest

from guardian_web.phone.listener import PhonesWelcome
from hub.cli.demo.view import View
from hub.cli.run import say_phones
from hub.cli.terminal import run_until_stopped


def test_the_hub_runs_on_the_quicker_loop() -> None:
    loops: list[str] = []

    async def work() -> None:
        loops.append(type(asyncio.get_running_loop()).__module__)

    run_until_stopped(work())
    assert loops == ["uvloop"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_asked_to_stop_lets_it_clean_up_and_is_no_error(number: int) -> None:
    cleaned: list[bool] = []

    async def work() -> None:
        os.kill(os.getpid(), number)
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    run_until_stopped(work())
    assert cleaned == [True]


def test_a_fingerprint_is_printed_letter_by_letter(capsys: pytest.CaptureFixture[str]) -> None:
    """`:AB:` and `:CD:` are names of pictures to the library that prints."""
    say_phones(PhonesWelcome(("https://192.168.1.5:8772/",), "abcd" * 16))
    assert ":".join(["AB:CD"] * 16) in capsys.readouterr().out


def test_the_demo_tells_a_person_where_phones_find_it_and_a_program_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    welcome = PhonesWelcome(("https://192.168.1.5:8772/",), "abcd" * 16)
    View(as_json=True).phones(welcome)
    assert capsys.readouterr().out == ""
    View(as_json=False).phones(welcome)
    assert "On your phone: https://192.168.1.5:8772/" in capsys.readouterr().out
