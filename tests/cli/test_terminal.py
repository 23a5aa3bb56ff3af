"""How the commands that stay up run their work."""

import asyncio
import os
import signal
import sys

import pytest

from hub.cli.terminal import run_until_stopped


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
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
