"""Where strangers knock."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Port:
    """A number on loopback, or the path of a socket."""

    name: str
    speaks: str
    """http or wyoming."""
    number: int = 0
    path: str = ""
    tls: bool = False
