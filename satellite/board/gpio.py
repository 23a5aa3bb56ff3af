"""A Raspberry Pi's pins: the button and the RGB light, through gpiozero, which is imported only here."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from satellite.errors import DeviceError

BUTTON_PIN: Final = 17
RGB_PINS: Final = (27, 22, 23)
"""Red, green, blue; each through a resistor to a common-cathode LED."""
BOUNCE_S: Final = 0.01

_MODEL: Final = Path("/proc/device-tree/model")

T = TypeVar("T")

_log = logging.getLogger(__name__)


def available() -> bool:
    """Whether this machine is a Raspberry Pi, or gpiozero's mock stands in for one."""
    if os.environ.get("GPIOZERO_PIN_FACTORY") == "mock":
        return True
    try:
        return _MODEL.read_text("utf-8", errors="replace").startswith("Raspberry Pi")
    except OSError:
        return False


def if_usable(use: Callable[[], T]) -> T | None:
    """None where there are no pins, or where they can't be used, which is logged."""
    try:
        return use() if available() else None
    except DeviceError as error:
        _log.warning("%s", error)
        return None


class RgbLamp:
    """An RGB LED on three pins, dimmed by PWM."""

    def __init__(self) -> None:
        """Raises DeviceError."""
        with _told("the light"):
            from gpiozero.output_devices import RGBLED

            _choose_pins()
            self._led = RGBLED(*RGB_PINS)

    def show(self, red: float, green: float, blue: float) -> None:
        self._led.value = (red, green, blue)

    def close(self) -> None:
        self._led.close()


class PushButton:
    """A button between its pin and ground. gpiozero's thread feels it; the loop is told."""

    def __init__(self, down: Callable[[], None], up: Callable[[], None]) -> None:
        """Needs a running loop. Raises DeviceError."""
        loop = asyncio.get_running_loop()
        with _told("the button"):
            # Its Button is the same with a thread that asks ten times a second whether it is held.
            from gpiozero.input_devices import DigitalInputDevice

            _choose_pins()
            self._button = DigitalInputDevice(BUTTON_PIN, pull_up=True, bounce_time=BOUNCE_S)
        self._button.when_activated = lambda: loop.call_soon_threadsafe(down)
        self._button.when_deactivated = lambda: loop.call_soon_threadsafe(up)

    @property
    def is_down(self) -> bool:
        return bool(self._button.is_active)

    def close(self) -> None:
        self._button.close()


def _choose_pins() -> None:
    """Chooses mock pins that can also dim a light; gpiozero finds the real pins by itself."""
    from gpiozero.devices import Device

    if Device.pin_factory is None and os.environ.get("GPIOZERO_PIN_FACTORY") == "mock":
        from gpiozero.pins.mock import MockFactory, MockPWMPin

        Device.pin_factory = MockFactory(pin_class=MockPWMPin)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever is wrong with the pins is a DeviceError of one line."""
    try:
        yield
    except Exception as error:  # gpiozero's own, its drivers' and the system's have no common base
        raise DeviceError(
            f"can't use {what} on the pins: {str(error) or type(error).__name__}; "
            "see pommai-satellite doctor"
        ) from error
