"""Wyoming services on the home network that hear, speak or wait for a wake word, and what a family made of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HOUSE: Final = "house:"
"""Begins the name of every approved service, so none is mistaken for a provider of ours."""


class ServiceKind(StrEnum):
    """What it does; the first two as in `ProviderKind`."""

    STT = "stt"
    TTS = "tts"
    WAKE = "wake"


@dataclass(frozen=True, slots=True)
class HouseService:
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
    def place(self) -> str:
        """host:port, as in the settings."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
