"""The hub's own key and certificate in its data folder."""

from pathlib import Path

import pytest

from hub.devices.pairing.credentials import Credentials
from hub.errors import DataError


def test_they_stay_the_same_over_restarts_and_are_their_users_alone(tmp_path: Path) -> None:
    first = Credentials.load(tmp_path)
    assert Credentials.load(tmp_path).certificate == first.certificate
    for name in ("hub.key", "hub.crt"):
        assert (tmp_path / "certs" / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["hub.crt", "hub.key"])
@pytest.mark.parametrize("content", [b"", b"garbage \xff\x00"])
def test_a_damaged_one_is_one_line_that_says_what_to_do(
    name: str, content: bytes, tmp_path: Path
) -> None:
    Credentials.load(tmp_path)
    (tmp_path / "certs" / name).write_bytes(content)
    with pytest.raises(DataError, match="pair every toy again") as refused:
        Credentials.load(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_lost_key_is_the_same_line(tmp_path: Path) -> None:
    Credentials.load(tmp_path)
    (tmp_path / "certs" / "hub.key").unlink()
    with pytest.raises(DataError, match="put back a copy of both"):
        Credentials.load(tmp_path)


def test_a_key_of_another_hub_does_not_fit(tmp_path: Path) -> None:
    Credentials.load(tmp_path / "one")
    Credentials.load(tmp_path / "other")
    (tmp_path / "one" / "certs" / "hub.key").replace(tmp_path / "other" / "certs" / "hub.key")
    with pytest.raises(DataError, match="pair every toy again"):
        Credentials.load(tmp_path / "other")
