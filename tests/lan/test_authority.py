"""The certificate of the pages, as a phone that trusts the hub's authority judges it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.errors import DataError
from hub.lan.authority import CERTIFICATE, KEY, LEAF, RENEWED_BEFORE, Authority

NAMES = ["pommai.local", "192.168.1.5", "fd00::5", "raspberrypi", "8.8.8.8", "bank.example"]


def served(authority: Authority, names: list[str] = NAMES) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.certify(context, names, datetime.now(UTC))
    return context


def connects(server: ssl.SSLContext, authority: Authority, name: str) -> bool:
    """Whether a phone that trusts `authority`, and nobody else, opens `name` without a warning."""
    phone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    phone.load_verify_locations(cadata=authority.der)
    to_server, to_phone = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        phone.wrap_bio(to_phone, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_phone, server_side=True),
    ]
    try:
        while ends:
            for end in list(ends):
                try:
                    end.do_handshake()
                    ends.remove(end)
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLCertVerificationError:
        return False
    return True


@pytest.mark.parametrize("name", ["pommai.local", "192.168.1.5", "fd00::5"])
def test_a_phone_that_trusts_the_authority_opens_the_pages(tmp_path: Path, name: str) -> None:
    authority = Authority.load(tmp_path, datetime.now(UTC))
    assert connects(served(authority), authority, name)


@pytest.mark.parametrize("name", ["8.8.8.8", "bank.example", "192.168.1.6", "other.local"])
def test_it_vouches_for_nothing_else(tmp_path: Path, name: str) -> None:
    authority = Authority.load(tmp_path, datetime.now(UTC))
    assert not connects(served(authority), authority, name)


def test_whoever_steals_its_key_can_not_pose_as_a_bank(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority.load(tmp_path, now)
    folder = tmp_path / "certs"
    stolen = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    issuer = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())

    def forged(name: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(issuer.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(stolen, hashes.SHA256())
        )
        path = tmp_path / "forged.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + leaf.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    assert connects(forged("nas.local"), authority, "nas.local")
    assert not connects(forged("bank.example"), authority, "bank.example")


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first = Authority.load(tmp_path, now)
    served(first)
    assert Authority.load(tmp_path, now).fingerprint == first.fingerprint
    for name in (KEY, CERTIFICATE, LEAF):
        assert (tmp_path / "certs" / name).stat().st_mode & 0o777 == 0o600


def test_what_it_signs_lasts_as_long_as_phones_take_it(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority.load(tmp_path, now)
    due = authority.certify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), NAMES, now)
    leaf = x509.load_pem_x509_certificate((tmp_path / "certs" / LEAF).read_bytes())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)
    assert due == leaf.not_valid_after_utc - RENEWED_BEFORE > now


@pytest.mark.parametrize("name", [KEY, CERTIFICATE])
def test_a_damaged_one_says_what_to_do(tmp_path: Path, name: str) -> None:
    now = datetime.now(UTC)
    Authority.load(tmp_path, now)
    (tmp_path / "certs" / name).write_bytes(b"nothing")
    with pytest.raises(DataError, match="put back a copy of both"):
        Authority.load(tmp_path, now)


def test_the_key_of_another_is_found_out(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for home in ("one", "two"):
        Authority.load(tmp_path / home, now)
    (tmp_path / "two/certs" / KEY).replace(tmp_path / "one/certs" / KEY)
    with pytest.raises(DataError, match="do not belong together"):
        Authority.load(tmp_path / "one", now)
