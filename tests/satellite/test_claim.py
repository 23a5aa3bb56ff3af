"""One process is the toy of a state folder, also where the card is full or takes nothing any more."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from satellite import identity
from satellite.errors import SetupError


def test_one_process_at_a_time_is_the_toy_of_a_folder(tmp_path: Path) -> None:
    with identity.claim_folder(tmp_path):
        assert (tmp_path / "running").read_text() == str(os.getpid())
        with pytest.raises(SetupError, match="runs already"):
            identity.claim_folder(tmp_path)
    identity.claim_folder(tmp_path).close()


def test_a_toy_starts_on_a_full_card(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "running").symlink_to("/dev/full")
    with identity.claim_folder(tmp_path), pytest.raises(SetupError, match="runs already"):
        identity.claim_folder(tmp_path)
    assert "can't write it" in caplog.text


def test_a_toy_starts_on_a_card_that_takes_nothing_any_more_and_pairs_by_its_button_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def read_only(path: Path, mode: str = "r") -> Any:
        if mode != "r":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return opened(path, mode)

    with pytest.raises(SetupError, match="no toy"):
        identity.request_pairing(tmp_path)
    (tmp_path / "running").write_text("1")
    monkeypatch.setattr(Path, "open", read_only)
    with identity.claim_folder(tmp_path):
        with pytest.raises(SetupError, match="runs already"):
            identity.claim_folder(tmp_path)
        with pytest.raises(SetupError, match="hold its button"):
            identity.request_pairing(tmp_path)
