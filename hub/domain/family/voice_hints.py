"""What is kept of a child's voice where a parent agreed to it, and from when on it is of use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.translation import marked

ENOUGH_UTTERANCES: Final = 5
"""From so many on a voice is compared …"""
MOST_UTTERANCES: Final = 20
"""… and from so many no more is learned."""
MAX_DIMENSIONS: Final = 1024
"""Of what a network makes of a voice; the usual ones give 192 to 512 numbers."""

AGREED_TO: Final = marked(
    "A voice tells who somebody is, so we keep no sound of it: only a row of numbers, made on this hub from what a "
    "child says to a toy that it shares, once it is known who speaks. With them a toy may ask “Is that you?”. They "
    "decide nothing, never leave this home but within your own backups, and are erased when this is turned off or the "
    "child is removed."
)
"""What a parent agrees to, as every place shows it."""


@dataclass(frozen=True, slots=True)
class VoiceHint:
    """That toys may guess by the voice that it is this child who speaks, and what they know of it."""

    id: str
    child_id: str
    agreed_at: datetime
    agreed_to: str
    """What a parent agreed to, word for word."""
    model: str = ""
    """Which network made `voice`."""
    voice: bytes = b""
    """The mean of what it made of each utterance: float32, little-endian."""
    utterances: int = 0
    """Of so many. No sound is kept of them."""

    @property
    def is_learned(self) -> bool:
        return self.utterances >= ENOUGH_UTTERANCES
