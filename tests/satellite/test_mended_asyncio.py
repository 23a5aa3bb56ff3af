"""What asyncio does wrong on Debian bookworm's Python it does right with our programs, on each Python they meet."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Debian bookworm's own has what is mended.
PYTHONS = sorted({sys.executable, *filter(None, [shutil.which("/usr/bin/python3.11")])})

AFTER_A_FAILED_GROUP = """
import asyncio
from satellite.wire import mended_asyncio

async def fails():
    raise ValueError

async def main():
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())
    except* ValueError:
        pass
    for _ in range(2):
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            print("in time")

mended_asyncio.mend()
asyncio.run(main())
"""

CANCELLED_AS_THE_TIME_IS_UP = """
import asyncio
from satellite.wire import mended_asyncio

async def waits():
    async with asyncio.timeout(0):
        try:
            await asyncio.Event().wait()
        finally:
            asyncio.current_task().cancel()

async def main():
    (ended,) = await asyncio.gather(asyncio.create_task(waits()), return_exceptions=True)
    print(type(ended).__name__)

mended_asyncio.mend()
asyncio.run(main())
"""

CLOSED_TWICE = """
import asyncio, ssl
from asyncio import sslproto
from satellite.wire import mended_asyncio

async def main():
    protocol = sslproto.SSLProtocol(
        asyncio.get_running_loop(), asyncio.Protocol(), ssl.create_default_context(), None
    )
    transport = protocol._get_app_transport()
    transport.close()
    transport.close()
    transport.abort()
    print("aborted")

mended_asyncio.mend()
asyncio.run(main())
"""

TOLD_TO_MEND = """
from satellite.wire import mended_asyncio
mended_asyncio.mend = lambda: print("mended")
from {program}.__main__ import main
main(["{harmless}"])
"""


def said_by(python: str, program: str) -> str:
    done = subprocess.run(
        [python, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("python", PYTHONS)
def test_a_timeout_after_a_failed_group_is_a_timeout(python: str) -> None:
    assert said_by(python, AFTER_A_FAILED_GROUP) == "in time\n" * 2


@pytest.mark.parametrize("python", PYTHONS)
def test_a_cancellation_as_the_time_is_up_stays_one(python: str) -> None:
    assert said_by(python, CANCELLED_AS_THE_TIME_IS_UP) == "CancelledError\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_a_tls_link_that_was_closed_twice_can_be_aborted(python: str) -> None:
    assert said_by(python, CLOSED_TWICE) == "aborted\n"


@pytest.mark.parametrize(("program", "harmless"), [("hub", "--version"), ("satellite", "--help")])
def test_both_programs_mend_it_first(program: str, harmless: str) -> None:
    assert said_by(
        sys.executable, TOLD_TO_MEND.format(program=program, harmless=harmless)
    ).startswith("mended\n")
