"""What strangers send: by what the port speaks, and what each connection does with it."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

REQUEST_BYTES: Final = 250_000
SLOW_S: Final = 0.05
"""Between two bytes of a head that never ends."""
ANSWER_S: Final = 2.0
"""As long a stranger waits for an answer that it does not read."""
_NOISE: Final = Random(7).randbytes(REQUEST_BYTES)


@dataclass(frozen=True)
class Kind:
    """One connection: all pieces one after the other, then an answer is waited for where `waits`."""

    name: str
    pieces: tuple[bytes, ...]
    waits: bool = True
    shakes_hands: bool = True
    """Where the port is encrypted: the handshake is made first, and the pieces go inside."""
    gap_s: float = 0.0
    again: bool = False
    """The pieces are sent on the same connection for as long as it lasts, each after an answer."""


def kinds(speaks: str, *, tls: bool) -> dict[str, Kind]:
    """Those for a port, by name."""
    found = [
        Kind("nonsense", (_NOISE[:500],), shakes_hands=False),
        Kind("half handshakes", (client_hello() if tls else _half(speaks),), shakes_hands=False),
        Kind("slow heads", tuple(_bytes(_half(speaks))), gap_s=SLOW_S),
        *(_of_http() if speaks == "http" else _of_wyoming()),
    ]
    return {kind.name: kind for kind in found}


def _of_http() -> Iterator[Kind]:
    ask = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer pommai_wrong\r\n"
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8_000) for number in range(100))
    yield Kind("huge headers", (ask % b"/" + fields + b"\r\n",))
    yield Kind("malformed 250 kB", (ask % b"/" + b"Cookie\x01: " + _NOISE,))
    yield Kind(
        "asking on", (ask % b"/api/v1/toys" + b"\r\n", ask % b"/sign-in" + b"\r\n"), again=True
    )


def _of_wyoming() -> Iterator[Kind]:
    yield Kind("huge headers", (b'{"type": "describe", "data": {"x": "' + b"a" * 100_000,))
    nested = b'{"type": "transcribe", "data": ' + b"[" * 7_000 + b"\n"
    yield Kind("malformed 250 kB", (nested * (REQUEST_BYTES // len(nested)),))
    yield Kind("asking on", (b'{"type": "describe"}\n', b'{"type": "ping"}\n' * 50), again=True)


def _half(speaks: str) -> bytes:
    if speaks == "http":
        return b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Head: that goes on and on"
    return b'{"type": "describe", "data": {"text": "that goes on and on'


def _bytes(text: bytes) -> Iterator[bytes]:
    return (text[at : at + 1] for at in range(len(text)))


def client_hello() -> bytes:
    """The beginning of a TLS handshake: cheap to send again and again, and the server's half of it is dear."""
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = anybody().wrap_bio(received, sent)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()
    raise AssertionError("a handshake needs an answer")


def anybody() -> ssl.SSLContext:
    """A client that takes whatever certificate it is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
