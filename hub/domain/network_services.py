"""Wyoming services on the home network that hear, speak or wait for a wake word, and what a family made of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SERVICE_PREFIX: Final = "house:"
"""Begins the stored name of every approved service, so that none is mistaken for a provider of ours."""


def provider_label(name: str) -> str:
    """The stored name of a provider or a network service as people see it."""
    return name.removeprefix(SERVICE_PREFIX)


class ServiceKind(StrEnum):
    """What it does; the first two as in `ProviderKind`."""

    STT = "stt"
    TTS = "tts"
    WAKE = "wake"


@dataclass(frozen=True, slots=True)
class NetworkService:
    """What one service said of itself, at the address where it said so.

    An approved one is asked there and nowhere else: anybody can announce its name.
    """

    kind: ServiceKind
    program: str
    """What runs there, e.g. "faster-whisper"."""
    host: str
    port: int
    version: str = ""
    languages: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    """Models, voices or wake words."""
    name: str = ""
    """As in a toy's list of providers, once a parent approved it, e.g. "house:faster-whisper"."""

    @property
    def label(self) -> str:
        """The name as people see it."""
        return provider_label(self.name)

    @property
    def place(self) -> str:
        """host:port, as in the settings."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
