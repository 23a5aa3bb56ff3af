"""TLS between hub and toy: version 1.3 alone, each side known by its very certificate and by no authority.

A certificate is pinned: it is the one anchor that a context trusts, and `is_pinned` compares what the peer showed
byte by byte, so that not even one that the peer signed itself gets through. Dates don't count, as a Pi
without a battery starts in 1970.
"""

import asyncio
import hashlib
import hmac
import ssl
from pathlib import Path
from typing import Final

MAX_HANDSHAKE_S: Final = 5.0
MAX_SHUTDOWN_S: Final = 1.0
MAX_CERTIFICATE_BYTES: Final = 1024
"""The most that a peer's certificate in DER may have; ours has about 400."""

_NO_CHECK_TIME: Final = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which `ssl` has no name for."""


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 of a certificate in DER, as hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()


def server_context(certificate: Path, key: Path, client: bytes | None) -> ssl.SSLContext:
    """The toy's side, for the one `client` (DER), or for anybody while it has no hub.

    Raises OSError, which ssl.SSLError is, for files that can't be read or are none.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, client)
    context.load_cert_chain(certificate, key)
    context.num_tickets = 0  # a resumed session would outlive an un-pairing
    return context


def client_context(certificate: Path, key: Path, server: bytes) -> ssl.SSLContext:
    """The hub's side, for the one `server` (DER). Raises OSError."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT, server)
    context.load_cert_chain(certificate, key)
    return context


def stranger_context() -> ssl.SSLContext:
    """The side of a hub that has yet to learn who the toy is: encrypted, but nobody is proven."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, None)


def peer_certificate(writer: asyncio.StreamWriter) -> bytes:
    """What the peer showed, in DER; empty when it showed none."""
    connection = writer.get_extra_info("ssl_object")
    return (connection.getpeercert(binary_form=True) if connection else None) or b""


def is_pinned(writer: asyncio.StreamWriter, certificate: bytes) -> bool:
    """Whether the peer is the owner of `certificate`."""
    return bool(certificate) and hmac.compare_digest(peer_certificate(writer), certificate)


def _context(protocol: int, peer: bytes | None) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    context.check_hostname = False  # it is the certificate that counts, wherever it is
    context.verify_mode = ssl.CERT_NONE if peer is None else ssl.CERT_REQUIRED
    if peer is not None:
        context.load_verify_locations(cadata=peer)
    return context
