"""ALSA's programs: how to record and play with them, which USB card is meant, and what a complaint means."""

import re
from pathlib import Path
from typing import Final, Literal

from satellite.audio.pcm import RATE_HZ
from satellite.errors import DeviceError

USB: Final = "usb"
"""As a device: the first USB sound card, whichever is plugged in at the time."""

Direction = Literal["capture", "playback"]

_CARDS: Final = Path("/proc/asound")
_THING: Final = {"capture": "microphone", "playback": "speaker"}
_MEANINGS: Final = (
    (r"(read|write) error: |input/output error", "{thing} {device} is gone; is its cable out?"),
    (
        r"no such (file|device)|unknown pcm|cannot find card",
        "there is no {thing} {device}; {lists}",
    ),
    (r"busy", "{thing} {device} is in use by another program"),
    (
        r"(format|count|rate) non available",
        "{thing} {device} can't do 16 kHz mono by itself; name it with plughw: in front",
    ),
    (r"permission denied", "{thing} {device} is not ours to use; is our user in the group audio?"),
)


def recorder(device: str) -> list[str]:
    """The program that gives 16 kHz mono. Raises DeviceError when no USB card is there."""
    command = ["arecord", "-q", "-D", _device(device, "capture"), "-t", "raw", "-f", "S16_LE"]
    timing = ["--period-time=20000", "--buffer-time=400000"]
    return [*command, "-c", "1", "-r", str(RATE_HZ), *timing]


def player(device: str, rate_hz: int) -> list[str]:
    """The program that plays mono at `rate_hz`. Raises DeviceError when no USB card is there."""
    command = ["aplay", "-q", "-D", _device(device, "playback"), "-t", "raw", "-f", "S16_LE"]
    # Without --start-delay aplay waits for a full buffer before the first sound.
    timing = ["--period-time=20000", "--buffer-time=200000", "--start-delay=40000"]
    return [*command, "-c", "1", "-r", str(rate_hz), *timing]


def explained(error: DeviceError, device: str, direction: Direction) -> DeviceError:
    """`error` in words that say what to do, where its meaning is known."""
    lists = "arecord -L lists them" if direction == "capture" else "aplay -L lists them"
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, str(error), re.IGNORECASE):
            return DeviceError(meaning.format(thing=_THING[direction], device=device, lists=lists))
    return error


def usb_card(direction: Direction, cards: Path = _CARDS) -> str:
    """The first USB sound card with a microphone or a speaker. Raises DeviceError."""
    letter = direction[0]
    for card in sorted(cards.glob("card[0-9]*"), key=lambda path: int(path.name[4:])):
        devices = sorted(card.glob(f"pcm*{letter}"))
        if (card / "usbid").exists() and devices:
            name = (card / "id").read_text("ascii", errors="replace").strip()
            number = devices[0].name[3:-1]
            return f"plughw:CARD={name},DEV={number}"  # which converts what the card can't
    raise DeviceError(f"no USB {_THING[direction]} is plugged in")


def _device(device: str, direction: Direction) -> str:
    return usb_card(direction) if device == USB else device
