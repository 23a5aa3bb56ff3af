"""What a toy is made of: the presets of `--hardware`, and the button and the light that belong to them."""

import fcntl
import os
import struct
from pathlib import Path
from typing import Final, NamedTuple

from satellite.board import gpio
from satellite.board.panel import Lamp
from satellite.errors import DeviceError

DEVICE: Final = Path("/dev/spidev0.1")
"""They have no chip select, so any of the bus's devices reaches them."""
LIGHTS: Final = 3
SPEED_HZ: Final = 1_000_000

_SET_SPEED: Final = 0x40046B04
"""The kernel's SPI_IOC_WR_MAX_SPEED_HZ."""
_FULL: Final = 0xE0 | 31
"""A light's first byte: three bits set, and its current, of which 31 is the most."""


class Apa102Lamp:
    def __init__(self, device: Path = DEVICE) -> None:
        """Raises DeviceError."""
        try:
            self._bus = os.open(device, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise DeviceError(
                f"can't use the lights on {device}: {error.strerror}; turn SPI on with "
                "sudo raspi-config nonint do_spi 0, and see pommai-satellite doctor"
            ) from error
        if device.is_char_device():
            fcntl.ioctl(self._bus, _SET_SPEED, struct.pack("=I", SPEED_HZ))

    def show(self, red: float, green: float, blue: float) -> None:
        parts = (round(255 * part) for part in (blue, green, red))
        light = bytes((_FULL, *parts))
        os.write(self._bus, bytes(4) + light * LIGHTS + b"\xff" * 4)

    def close(self) -> None:
        self.show(0, 0, 0)
        os.close(self._bus)


DEFAULT: Final = "alsa"


class Hardware(NamedTuple):
    """A button on GPIO 17 belongs to each of them."""

    microphone: str
    speaker: str
    lights_on_spi: bool = False
    """Three APA102, else an RGB LED on pins of its own."""


# plughw resamples and mixes down what the card can't give as 16 kHz mono.
_HAT: Final = "alsa:plughw:CARD=seeed2micvoicec,DEV=0"

PRESETS: Final = {
    "alsa": Hardware("alsa:default", "alsa:default"),
    "usb": Hardware("alsa:usb", "alsa:usb"),
    "respeaker-2mic": Hardware(_HAT, _HAT, lights_on_spi=True),
}


def make_lamp(hardware: Hardware) -> Lamp:
    """Its light, where there are pins. Raises DeviceError."""
    return Apa102Lamp() if hardware.lights_on_spi else gpio.RgbLamp()


def open_lamp(hardware: Hardware) -> Lamp | None:
    """Its light; None where there are no pins, or where they can't be used, which is logged."""
    return gpio.if_usable(lambda: make_lamp(hardware))
