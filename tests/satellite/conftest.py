"""A hub to pair with, and a toy that lets one guess again at once."""

from pathlib import Path

import pytest

from satellite.pairing import window
from tests.satellite.secure_toy import PretendHub


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "FIRST_PAUSE_S", 0.0)


@pytest.fixture
def hub(tmp_path: Path) -> PretendHub:
    return PretendHub(tmp_path / "hub")
