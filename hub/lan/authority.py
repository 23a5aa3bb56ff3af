"""The certificate of the pages: an authority of the hub's own, and what it signs for their names and addresses.

A phone that was told to trust the authority opens the pages without a warning and may install them. The authority
can vouch for names and addresses of a home network alone (its name constraints), so that whoever steals its key
can't pose as a bank. Blocking: call it in a thread.
"""

import ipaddress
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.errors import DataError
from hub.storage.faults import no_access
from hub.storage.folder import keep_file, prepare_folder

AUTHORITY_LIFE: Final = timedelta(days=3650)
LEAF_LIFE: Final = timedelta(days=397)
"""Apple's systems take at most 825 days from an authority that a person added, and 398 from any other."""
RENEWED_BEFORE: Final = timedelta(days=30)
BACKDATED: Final = timedelta(days=1)
"""A phone's clock may be behind ours."""
HOME_DOMAINS: Final = ("local", "home.arpa", "internal", "lan", "localhost")
"""With all below them: no public site has such a name."""
HOME_NETWORKS: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            *("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
"""Private, link-local and loopback addresses."""
KEY, CERTIFICATE, LEAF = "authority.key", "authority.crt", "pages.pem"

_PEM: Final = serialization.Encoding.PEM
_SIGNS: Final = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """`load` makes it where there is none yet."""

    def __init__(
        self, folder: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> None:
        self._folder = folder
        self._key = key
        self._certificate = certificate

    @classmethod
    def load(cls, data: Path, now: datetime) -> "Authority":
        """From the data folder. Raises DataError."""
        folder = data / "certs"
        try:
            if not (folder / CERTIFICATE).exists():
                prepare_folder(folder)
                made = ec.generate_private_key(ec.SECP256R1())
                keep_file(folder / KEY, _private(made))
                keep_file(folder / CERTIFICATE, _authority(made, now).public_bytes(_PEM))
            key, certificate = _read(folder)
        except (ValueError, FileNotFoundError) as error:
            raise DataError(
                f"{folder}: {KEY} and {CERTIFICATE} can't be used ({error}): put back a copy of both, or "
                "remove both, and let every phone trust the new ones"
            ) from error
        except OSError as error:
            raise no_access(folder, error) from error
        return cls(folder, key, certificate)

    @property
    def der(self) -> bytes:
        """The certificate as phones take it. It is no secret."""
        return self._certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """Its SHA-256, as hexadecimal digits."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    def certify(self, context: ssl.SSLContext, names: Iterable[str], now: datetime) -> datetime:
        """Gives `context` a new certificate for these names and addresses; gives when to do it again.

        What the authority may not vouch for is left out. Raises DataError, OSError.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._leaf(key, [name for name in sorted(set(names)) if is_at_home(name)], now)
        path = self._folder / LEAF
        keep_file(path, _private(key) + leaf.public_bytes(_PEM))
        context.load_cert_chain(path)
        return leaf.not_valid_after_utc - RENEWED_BEFORE

    def _leaf(
        self, key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime
    ) -> x509.Certificate:
        ends_at = min(now + LEAF_LIFE, self._certificate.not_valid_after_utc)
        issuer = self._certificate.subject
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        return (
            _begun("Pommai", issuer, key, now, ends_at)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(list(map(_general_name, names))), False)
            .add_extension(purpose, critical=False)
            .add_extension(signer, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def is_at_home(name: str) -> bool:
    """Whether a name or an address is one of a home network, and of no public site."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return any(name == each or name.endswith(f".{each}") for each in HOME_DOMAINS)
    return any(address in network for network in HOME_NETWORKS)


def _read(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Raises ValueError where they are damaged, or don't belong together; OSError."""
    key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
    certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
    if (
        not isinstance(key, ec.EllipticCurvePrivateKey)
        or key.public_key() != certificate.public_key()
    ):
        raise ValueError("they do not belong together")
    return key, certificate


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    title = f"Pommai at home, {now.astimezone(UTC):%d %b %Y}"
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, title)])
    at_home = [
        *(x509.DNSName(each) for each in HOME_DOMAINS),
        *(x509.IPAddress(network) for network in HOME_NETWORKS),
    ]
    return (
        _begun(title, name, key, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(at_home, None), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _begun(
    title: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    ends_at: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, title)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(ends_at)
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
