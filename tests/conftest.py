"""The whole run: the files that take longest come first, so that no worker ends with one of them alone."""

import signal

import hypothesis
import pytest

from satellite import mended_asyncio

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
    mended_asyncio.mend()  # as both programs do
    # What a script starts in the background ignores Ctrl-C, and all that it starts in turn does, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nothing is proven by how long it took.
    hypothesis.settings.register_profile(
        "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next(
        (at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST)
    )
