"""A data folder, and a hub that runs on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import RunningHub, ServingHub, serving_hub


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def running(data: Path) -> Iterator[ServingHub]:
    with serving_hub(data) as hub:
        yield hub


@pytest.fixture
def process(data: Path) -> Iterator[RunningHub]:
    """A hub as a process of its own."""
    hub = RunningHub(data)
    yield hub
    if hub.process.poll() is None:
        hub.process.kill()
        hub.process.communicate()
