"""The family's own certificate: taken as it is, renewed without a restart, and what is wrong with it said at once."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.errors import ConfigError, DataError
from hub.lan.own_certificate import OwnCertificate
from tests.lan.certificates import make

NOW = datetime.now(UTC)


def test_it_is_taken_with_its_names(tmp_path: Path) -> None:
    own = OwnCertificate.load(*make(tmp_path, "Toys.Example.org", "*.example.org"), NOW)
    assert own.names == ["toys.example.org"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert own.certify(context, [], NOW) == NOW, "look again at the next occasion"
    assert len(own.fingerprint) == 64


def test_a_renewed_one_is_taken_without_a_restart(tmp_path: Path) -> None:
    own = OwnCertificate.load(*make(tmp_path, "toys.example.org"), NOW)
    before = own.fingerprint
    make(tmp_path, "toys.example.org", days=180)
    own.certify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), [], NOW)
    assert own.fingerprint != before
    (tmp_path / "privkey.pem").write_text("half written")
    with pytest.raises(DataError, match="is no private key"):
        own.certify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), [], NOW)


def test_what_is_wrong_is_said_with_the_setting_and_the_file(tmp_path: Path) -> None:
    certificate, key = make(tmp_path, "toys.example.org")
    _, other = make(tmp_path / "other", "toys.example.org")
    ended, its_key = make(tmp_path / "ended", "toys.example.org", days=-1)
    locked, locked_key = make(tmp_path / "locked", "toys.example.org", password=b"x")
    missing = tmp_path / "missing.pem"
    for given, said in (
        ((missing, key), r"\[guardian\] certificate: can't read .*missing.pem: No such file"),
        ((certificate, missing), r"\[guardian\] key: can't read .*missing.pem"),
        ((key, key), r"\[guardian\] certificate: .* is no certificate"),
        ((certificate, certificate), r"\[guardian\] key: .* is no private key"),
        ((certificate, other), r"is not the key of the certificate"),
        ((ended, its_key), r"ended on .*: renew it"),
        ((locked, locked_key), r"is locked with a password"),
    ):
        with pytest.raises(ConfigError, match=said):
            OwnCertificate.load(*given, NOW)
