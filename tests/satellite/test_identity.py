"""The id that a satellite keeps, and where."""

from pathlib import Path

from satellite.identity import SatelliteIdentity, device_id, state_folder


def test_the_id_stays_over_restarts_and_the_boot_id_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    kept = device_id(folder)
    assert len(kept) == 16
    assert device_id(folder) == kept
    assert device_id(tmp_path / "other") != kept
    assert SatelliteIdentity(kept).boot_id != SatelliteIdentity(kept).boot_id


def test_a_damaged_id_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "device-id").write_bytes(b"\xff\0nonsense")
    fresh = device_id(tmp_path)
    assert device_id(tmp_path) == fresh


def test_the_state_folder_is_the_platforms() -> None:
    assert state_folder({"XDG_STATE_HOME": "/x"}) == Path("/x/pommai-satellite")
    assert state_folder({}) == Path.home() / ".local/state/pommai-satellite"
