"""The whole run: each process on a network of its own, and the files that take longest first, so that no worker
ends with one of them alone."""

import gc
import logging
import signal
from collections.abc import Generator, Iterator

import hypothesis
import pytest
import structlog

from satellite.wire import mended_asyncio
from tests import programs
from tests.netns import own_network

ANNOUNCING = (
    "tests/cli/",
    "tests/devices/",
    "tests/guardian/api/test_lan.py",
    "tests/homeassistant/",
    "tests/integrations/",
    "tests/providers/wyoming/test_wyoming.py",
    "tests/satellite/",
    "tests/test_demo.py",
    "tests/test_network_services.py",
)
"""What announces or browses with zeroconf."""

LONGEST = (
    "tests/satellite/test_flood.py",
    "tests/satellite/test_install.py",
    "tests/devices/test_paired_house.py",
    "tests/devices/test_emergency_stop.py",
    "tests/devices/test_stock_satellite.py",
    "tests/devices/test_updates.py",
    "tests/devices/test_two_machines.py",
    "tests/homeassistant/",
    "tests/test_demo.py",
    "tests/guardian/test_every_page.py",
    "tests/cli/",
    "tests/satellite/",
    "tests/devices/",
    "tests/bench/",
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*programs, package): see tests/programs.py")
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        own_network.enter()  # what only starts workers stays where they can go back to
    mended_asyncio.mend()  # as both programs do
    # What a script starts in the background ignores Ctrl-C, and all that it starts in turn does, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nothing is proven by how long it took.
    hypothesis.settings.register_profile(
        "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is made of ten thousand tests stays to the end, so that no search for garbage goes through it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000)  # rather than 700: a page makes more than that
        gc.enable()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Outside of the time limit, as it may wait for another process."""
    if item.nodeid.startswith(ANNOUNCING):
        with own_network.alone():
            yield
    else:
        yield


def pytest_runtest_setup(item: pytest.Item) -> None:
    programs.are_here(item)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next(
        (at for at, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST)
    )


@pytest.fixture(autouse=True)
def restored_logs() -> Iterator[None]:
    """A command that a test runs within its own process sets up logs for a stream that is closed afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
