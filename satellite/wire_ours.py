"""What a toy and a hub of ours say beyond Wyoming, once each knows that the other understands it.

The toy's `info` says so (`satellite.pommai.protocol`), then the hub with `pommai-hello`, before `run-satellite`.
Nothing of this is ever sent to another peer.
"""

from collections.abc import Mapping
from typing import Final

from wyoming.event import Event

PROTOCOL: Final = 1
HELLO: Final = "pommai-hello"

EVENT: Final = "pommai-event"
"""The toy tells what happened to it: `kind`."""
MIC_BACK: Final = "mic-back"


def hello() -> Event:
    return Event(HELLO, {"protocol": PROTOCOL})


def understands(about: Mapping[str, object]) -> bool:
    """`about` is a hub's hello, or what an `info` holds under `pommai`."""
    return about.get("protocol") == PROTOCOL
