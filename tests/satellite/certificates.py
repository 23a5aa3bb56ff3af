"""Certificates that no honest toy has."""

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from satellite.wire import certificate as wire_certificate


def signer_and_signed(folder: Path) -> bytes:
    """A certificate (DER) that may sign others; one that it signed is in `signed`."""
    (folder / "signed").mkdir(parents=True)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("a", "b")]
    signer, signed = (
        x509.CertificateBuilder()
        .subject_name(names[number])
        .issuer_name(names[0])
        .public_key(keys[number].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(wire_certificate.NOT_BEFORE)
        .not_valid_after(wire_certificate.NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        .sign(keys[0], hashes.SHA256())
        for number in range(2)
    )
    pem = serialization.Encoding.PEM
    (folder / "signed" / "crt").write_bytes(signed.public_bytes(pem))
    (folder / "signed" / "key").write_bytes(
        keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return signer.public_bytes(serialization.Encoding.DER)
