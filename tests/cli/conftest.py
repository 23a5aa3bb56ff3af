"""A data folder, and a hub that runs on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import RunningHub


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def running(data: Path) -> Iterator[RunningHub]:
    hub = RunningHub(data)
    yield hub
    if hub.process.poll() is None:
        hub.process.kill()
        hub.process.communicate()
