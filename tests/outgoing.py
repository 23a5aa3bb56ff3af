"""Which addresses this process tries to reach, as Python itself tells by its audit events; none is reached."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

HERE: Final = {"", "localhost", "127.0.0.1", "::1"}

_watching: list[list[str]] = []


def _hear(event: str, args: tuple[object, ...]) -> None:
    if not _watching or event not in {"socket.getaddrinfo", "socket.connect"}:
        return
    place = args[1][0] if event == "socket.connect" and isinstance(args[1], tuple) else args[0]
    if not isinstance(place, str | bytes):
        return  # a Unix socket, or this machine itself
    host = place.decode() if isinstance(place, bytes) else place
    if host not in HERE:
        for seen in _watching:
            seen.append(host)
        raise OSError(f"{host} is not reached in this test")


sys.addaudithook(_hear)


@contextmanager
def tried() -> Iterator[list[str]]:
    """Hosts beyond this machine that are looked up or connected to while within, by any library and thread."""
    seen: list[str] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
