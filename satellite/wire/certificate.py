"""Makes and checks the certificates of hub and toy; loads `cryptography`, so the toy does it in a child process.

A certificate holds until year 9999 from 1970 on: a Pi without a battery starts there, and what is pinned
ends by being un-paired, not by a date.
"""

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from satellite.wire.tls import MAX_CERTIFICATE_BYTES

NOT_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOT_AFTER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280's date for "no well-defined expiration"."""


def make(name: str) -> tuple[bytes, bytes]:
    """A new key (PEM, not encrypted) and its certificate (PEM), self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)


def check(certificate: bytes) -> None:
    """Raises ValueError unless it is one (DER) such as `make` makes."""
    if len(certificate) > MAX_CERTIFICATE_BYTES:
        raise ValueError("a certificate is too long")
    found = x509.load_der_x509_certificate(certificate)
    public = found.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise ValueError("a certificate's key is not of P-256")
    try:
        found.verify_directly_issued_by(found)
    except (InvalidSignature, TypeError) as error:
        raise ValueError("a certificate is not signed by itself") from error
    if found.public_bytes(serialization.Encoding.DER) != certificate:
        raise ValueError("a certificate has something behind it")
