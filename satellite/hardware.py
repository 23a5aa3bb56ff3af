"""What a toy is made of: the presets of `--hardware`, and the button and the light that belong to them."""

import logging
from typing import Final, NamedTuple

from satellite import gpio
from satellite.apa102 import Apa102Lamp
from satellite.errors import DeviceError
from satellite.light import Lamp

DEFAULT: Final = "alsa"

_log = logging.getLogger(__name__)


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
    if not gpio.available():
        return None
    try:
        return make_lamp(hardware)
    except DeviceError as error:
        _log.warning("%s", error)
        return None
