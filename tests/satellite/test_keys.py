"""What a toy keeps of itself and its hub, when something is wrong with it."""

from pathlib import Path

import pytest

from satellite.errors import SetupError
from satellite.pairing.keys import KeyStore
from tests.satellite.secure_toy import PretendHub


@pytest.mark.parametrize("name", ["hub.crt", "toy.crt", "toy.key"])
@pytest.mark.parametrize("content", [b"", b"garbage \xff\x00", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_damaged_file_keeps_the_toy_from_starting_rather_than_open_to_anybody(
    name: str, content: bytes, tmp_path: Path
) -> None:
    KeyStore.open(tmp_path, "a").pair(PretendHub(tmp_path / "hub").certificate)
    (tmp_path / "certs" / name).write_bytes(content)
    with pytest.raises(SetupError, match="pair again") as refused:
        KeyStore.open(tmp_path, "a")
    assert "\n" not in str(refused.value)


def test_the_certificate_stays_the_same_over_restarts(tmp_path: Path) -> None:
    first = KeyStore.open(tmp_path, "a")
    assert KeyStore.open(tmp_path, "a").certificate == first.certificate


def test_a_toy_whose_disk_takes_nothing_any_more_forgets_its_hub_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyStore.open(tmp_path, "a")
    keys.pair(PretendHub(tmp_path / "hub").certificate)

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError, match="Read-only"):
        keys.forget()
    assert not keys.paired


def test_a_power_cut_while_the_certificate_was_made_leaves_nothing_half(tmp_path: Path) -> None:
    KeyStore.open(tmp_path, "a")
    (tmp_path / "certs" / "toy.crt").unlink()
    (tmp_path / "certs" / "toy.new").write_bytes(b"half")
    assert KeyStore.open(tmp_path, "a").certificate
