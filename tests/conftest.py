"""The whole run: the files that take longest come first, so that no worker ends with one of them alone."""

import signal

import pytest

from satellite import timeouts

LONGEST = (
    "tests/voice/test_paired_house.py",
    "tests/voice/test_emergency_stop.py",
    "tests/voice/test_stock_satellite.py",
    "tests/voice/test_updates.py",
    "tests/voice/test_two_machines.py",
    "tests/homeassistant/",
    "tests/cli/",
    "tests/test_demo.py",
    "tests/satellite/",
    "tests/voice/",
)


def pytest_configure() -> None:
    timeouts.mend()  # as both programs do
    # What a script starts in the background ignores Ctrl-C, and all that it starts in turn does, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next(
        (at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST)
    )
