"""A certificate that the family has itself, such as one for their own domain, in place of the hub's.

It is looked at when the hub starts, so that what is wrong is said at once, and read anew each day, so that a
renewed one is taken without a restart. Blocking: call it in a thread.
"""

import ssl
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from hub.errors import ConfigError, DataError

SECTION = "[guardian]"


class OwnCertificate:
    """`load` reads it."""

    def __init__(self, certificate: Path, key: Path, leaf: x509.Certificate) -> None:
        self._certificate = certificate
        self._key = key
        self._leaf = leaf

    @classmethod
    def load(cls, certificate: Path, key: Path, now: datetime) -> "OwnCertificate":
        """Raises ConfigError that says which of the two can't be used, and why."""
        leaf = _read_certificate(certificate)
        _check_key(key, leaf)
        if leaf.not_valid_after_utc <= now:
            raise ConfigError(
                f"{SECTION} certificate: {certificate} ended on {leaf.not_valid_after_utc:%d %B %Y}: renew it"
            )
        return cls(certificate, key, leaf)

    @property
    def names(self) -> list[str]:
        """Names and addresses that it is for; none with a `*`."""
        try:
            found = self._leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return []
        names = [name.lower() for name in found.get_values_for_type(x509.DNSName)]
        addresses = map(str, found.get_values_for_type(x509.IPAddress))
        return [name for name in (*names, *addresses) if "*" not in name]

    @property
    def fingerprint(self) -> str:
        """Its SHA-256, as hexadecimal digits."""
        return self._leaf.fingerprint(hashes.SHA256()).hex()

    def certify(self, context: ssl.SSLContext, _: Iterable[str], now: datetime) -> datetime:
        """Gives `context` the certificate as its file has it now; gives when to do it again. Raises DataError."""
        try:
            fresh = self.load(self._certificate, self._key, now)
            context.load_cert_chain(self._certificate, self._key)
        except (ConfigError, OSError) as error:  # an ssl.SSLError is an OSError
            raise DataError(str(error)) from error
        self._leaf = fresh._leaf  # noqa: SLF001 - of its own class
        return now


def _read_certificate(path: Path) -> x509.Certificate:
    """The first one, which is that of the pages. Raises ConfigError."""
    try:
        return x509.load_pem_x509_certificates(_content(path, "certificate"))[0]
    except ValueError as error:
        raise ConfigError(
            f"{SECTION} certificate: {path} is no certificate: it must be a PEM file that begins with "
            "-----BEGIN CERTIFICATE-----"
        ) from error


def _check_key(path: Path, leaf: x509.Certificate) -> None:
    """Raises ConfigError."""
    try:
        key = serialization.load_pem_private_key(_content(path, "key"), None)
    except TypeError as error:
        raise ConfigError(
            f"{SECTION} key: {path} is locked with a password, and nobody is there to type it: "
            "give the hub one without, readable by its user alone"
        ) from error
    except ValueError as error:
        raise ConfigError(
            f"{SECTION} key: {path} is no private key: it must be a PEM file"
        ) from error
    if key.public_key() != leaf.public_key():
        raise ConfigError(f"{SECTION} key: {path} is not the key of the certificate")


def _content(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{SECTION} {setting}: can't read {path}: {error.strerror}") from error
