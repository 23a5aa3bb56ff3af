"""A buffer before the speaker that takes packets as the network brings them and gives them as they must sound.

Order is restored, what is missing is to be concealed, and delay is bounded: a hub sends at most 300 ms ahead of
the time at which its sound should be heard, so what waits beyond that is late by as much.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from satellite.wire_opus import FRAME_MS

LEAST_MS: Final = 40
MOST_MS: Final = 120
STEP_MS: Final = 20
CALM_S: Final = 10.0
"""So long without a dry speaker, and the next reply needs a step less in hand."""
MARGIN_S: Final = 0.02
"""What the speaker still has when a missing packet is waited for no longer."""
MOST_WAITING: Final = 20
"""Packets, 400 ms, what is concealed between them included: with the 200 that the speaker is fed ahead, 300 ms more
than a hub sends ahead."""
MOST_CONCEALED: Final = 3
"""In a row; a guess gets no better than that, and silence is kinder."""


class Sign(Enum):
    WAIT = "wait"
    CONCEAL = "conceal"
    END = "end"


@dataclass
class Counts:
    """Packets that did not sound as they were sent."""

    lost: int = 0
    """Never came, or damaged."""
    late: int = 0
    """Came when their time was over, or a second time."""
    concealed: int = 0


class Depth:
    """How much sound must be in hand before it begins: more where it ran dry, less after a calm while."""

    def __init__(self) -> None:
        self.ms = LEAST_MS
        self._calm_since_s: float | None = None

    def ran_dry(self, now_s: float) -> None:
        self.ms = min(MOST_MS, self.ms + STEP_MS)
        self._calm_since_s = now_s

    def flows(self, now_s: float) -> None:
        if self._calm_since_s is not None and now_s - self._calm_since_s >= CALM_S:
            self.ms = max(LEAST_MS, self.ms - STEP_MS)
            self._calm_since_s = now_s


class JitterBuffer:
    """One reply. A packet's place is its number from the reply's first one on."""

    def __init__(self, depth: Depth, counts: Counts) -> None:
        self.place = 0
        """The packet that sounds next."""
        self.complete = False
        """The hub has sent all of it."""
        self._depth = depth
        self._counts = counts
        self._waiting: dict[int, bytes] = {}
        self._concealed = 0
        """In a row, up to now."""
        self._begun = False
        self._gathering = True
        """Sound is gathered before it begins, or begins again …"""
        self._since_s: float | None = None
        """… since then, when the first of it came."""

    def put(self, place: int, packet: bytes, now_s: float) -> None:
        if place < self.place or place in self._waiting:
            self._counts.late += 1
            return
        self._waiting[place] = packet
        if self._since_s is None:
            self._since_s = now_s
        while self._length > MOST_WAITING:
            self._skip_oldest()

    def _skip_oldest(self) -> None:
        """It has missed its time, and so has what is missing before it."""
        oldest = min(self._waiting)
        del self._waiting[oldest]
        self._counts.late += 1
        self._counts.lost += oldest - self.place
        self.place = oldest + 1

    @property
    def _length(self) -> int:
        """Packets that sound until the newest has, those concealed included."""
        length, before = 0, self.place - 1
        for place in sorted(self._waiting):
            length += 1 + min(place - before - 1, MOST_CONCEALED)
            before = place
        return length

    def take(self, now_s: float, ahead_s: float) -> bytes | Sign:
        """What sounds next, where the speaker has `ahead_s` of sound left.

        A packet; CONCEAL where it is missing, or none has come; WAIT, at most for `wait_s`; or END.
        """
        if self._waiting:
            if self.wait_s(now_s, ahead_s) > 0:
                return Sign.WAIT
            return self._first(now_s)
        if self.complete:
            return Sign.END
        if not self._begun or self._concealed >= MOST_CONCEALED or ahead_s > MARGIN_S:
            return Sign.WAIT
        if not self._concealed:
            self._depth.ran_dry(now_s)
        self._gathering, self._since_s = True, None
        return self._conceal()

    def wait_s(self, now_s: float, ahead_s: float) -> float:
        """For how long nothing is to be done unless a packet comes or the reply is complete."""
        if not self._waiting:
            idle = not self._begun or self._concealed >= MOST_CONCEALED
            return float("inf") if idle else max(0.0, ahead_s - MARGIN_S)
        if self.complete:
            return 0.0
        if self._gathering and len(self._waiting) * FRAME_MS < self._depth.ms:
            assert self._since_s is not None
            return max(0.0, self._since_s + self._depth.ms / 1000 - now_s)
        return 0.0 if self.place in self._waiting else max(0.0, ahead_s - MARGIN_S)

    def _first(self, now_s: float) -> bytes | Sign:
        self._gathering, self._begun = False, True
        self._depth.flows(now_s)
        if self.place not in self._waiting:
            missing = min(self._waiting) - self.place
            if self._concealed < MOST_CONCEALED:
                self._counts.lost += 1
                self.place += 1
                return self._conceal()
            self._counts.lost += missing
            self.place += missing
        self._concealed = 0
        packet = self._waiting.pop(self.place)
        self.place += 1
        return packet

    def _conceal(self) -> Sign:
        self._concealed += 1
        self._counts.concealed += 1
        return Sign.CONCEAL
