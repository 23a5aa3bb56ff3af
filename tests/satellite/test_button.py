"""The button: what a press, a long hold and a story told meanwhile do; and the pins, through gpiozero's mock."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from satellite.board import gpio
from satellite.board.button import PAIR_ANYWAY_S, PAIR_S, Button
from satellite.board.gpio import BUTTON_PIN, RGB_PINS, PushButton, RgbLamp
from satellite.board.hardware import PRESETS, open_lamp
from satellite.errors import DeviceError
from tests.clock import FakeClock, settle


class PressedToy:
    def __init__(self) -> None:
        self.felt: list[str] = []
        self.hears_a_voice = False
        self.has_children = True

    def press(self) -> None:
        self.felt.append("press")

    def release(self) -> None:
        self.felt.append("release")

    def pair(self) -> None:
        self.felt.append("pair")

    def emergency(self) -> None:
        self.felt.append("emergency")

    def next_child(self) -> bool:
        self.felt.append("next child")
        return self.has_children


@asynccontextmanager
async def watched_button(toy: PressedToy, clock: FakeClock) -> AsyncIterator[Button]:
    button = Button(toy, clock)
    task = asyncio.create_task(button.run())
    await settle()
    yield button
    task.cancel()
    await asyncio.wait([task])


async def test_a_press_and_a_release_are_felt_at_once_and_only_once() -> None:
    clock, toy = FakeClock(), PressedToy()
    async with watched_button(toy, clock) as button:
        button.up()
        button.down()
        button.down()
        assert toy.felt == ["press"]
        button.up()
        button.up()
        assert toy.felt == ["press", "release"]


async def test_a_long_hold_in_silence_asks_for_pairing_once() -> None:
    clock, toy = FakeClock(), PressedToy()
    async with watched_button(toy, clock) as button:
        button.down()
        await clock.advance(PAIR_S - 0.1)
        assert toy.felt == ["press"]
        await clock.advance(0.2)
        assert toy.felt == ["press", "pair"]
        await clock.advance(100)
        button.up()
        assert toy.felt == ["press", "pair", "release"]
        await settle()
        button.down()
        await clock.advance(PAIR_S + 0.1)
        assert toy.felt[3:] == ["press", "pair"]


async def test_short_presses_never_add_up_to_a_long_hold() -> None:
    clock, toy = FakeClock(), PressedToy()
    async with watched_button(toy, clock) as button:
        for _ in range(5):
            button.down()
            await clock.advance(PAIR_S - 1)
            button.up()
            await clock.advance(0.1)
    assert "pair" not in toy.felt


@pytest.mark.parametrize(
    ("presses", "asks"),
    [
        ([(0.1, 0.2), (0.1, 0.6)], 1),
        ([(0.1, 0.6)], 0),
        ([(0.1, 0.7), (0.1, 0.6)], 0),
        ([(0.1, 0.2), (0.9, 0.6)], 0),
        ([(0.9, 0.2), (0.1, 0.6)], 0),
        ([(0.1, 0.2), (0.1, 0.2), (0.1, 0.6)], 0),
        ([(0.1, 0.2)] * 5 + [(0.1, 0.6)], 0),
        ([(0.1, 0.2), (0.1, 0.6)] * 2, 2),
    ],
)
async def test_two_taps_and_no_more_ask_for_the_next_child(
    presses: list[tuple[float, float]], asks: int
) -> None:
    """Each press: how long it is held, and how long nothing is after it."""
    clock, toy = FakeClock(), PressedToy()
    async with watched_button(toy, clock) as button:
        for held_s, then_s in presses:
            button.down()
            await clock.advance(held_s)
            button.up()
            await clock.advance(then_s)
    assert toy.felt.count("next child") == asks


@pytest.mark.parametrize(("has_children", "calls"), [(True, 0), (False, 1)])
async def test_who_goes_on_from_child_to_child_calls_no_emergency(
    has_children: bool, calls: int
) -> None:
    clock, toy = FakeClock(), PressedToy()
    toy.has_children = has_children
    async with watched_button(toy, clock) as button:
        for then_s in (0.1, 0.6, 0.1, 0.6, 0.1):
            button.down()
            await clock.advance(0.1)
            button.up()
            await clock.advance(then_s)
        assert toy.felt.count("emergency") == calls
        for _ in range(5):
            button.down()
            button.up()
    assert toy.felt.count("emergency") == calls + 1


async def test_a_story_told_into_a_held_button_is_not_taken_for_pairing() -> None:
    clock, toy = FakeClock(), PressedToy()
    toy.hears_a_voice = True
    async with watched_button(toy, clock) as button:
        button.down()
        await clock.advance(PAIR_ANYWAY_S - 0.1)
        button.up()
        await clock.advance(PAIR_ANYWAY_S)
        assert toy.felt == ["press", "release"]
        await settle()
        button.down()
        await clock.advance(PAIR_ANYWAY_S + 0.1)
        assert toy.felt[2:] == ["press", "pair"]


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """gpiozero's mock in place of a Raspberry Pi."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    factory = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setattr(Device, "pin_factory", factory)
    yield factory
    factory.reset()


async def test_the_pins_button_is_felt_in_the_loop(pins: Any) -> None:
    felt: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    here = threading.get_ident()

    def feel(what: str) -> None:
        felt.put_nowait((what, threading.get_ident()))

    button = PushButton(lambda: feel("down"), lambda: feel("up"))
    pin = pins.pin(BUTTON_PIN)
    assert pin.pull == "up"
    assert not button.is_down
    await asyncio.to_thread(pin.drive_low)  # gpiozero calls from a thread of its own
    assert await felt.get() == ("down", here)
    assert button.is_down
    await asyncio.to_thread(pin.drive_high)
    assert await felt.get() == ("up", here)
    button.close()


async def test_the_pins_light_is_dimmed_and_dark_when_closed(pins: Any) -> None:
    lamp = open_lamp(PRESETS["usb"])
    assert isinstance(lamp, RgbLamp)
    lamp.show(1.0, 0.25, 0.0)
    assert [pins.pin(number).state for number in RGB_PINS] == [1.0, 0.25, 0.0]
    lamp.close()
    assert all(pins.pin(number).function == "input" for number in RGB_PINS)


async def test_pins_that_something_else_uses_are_one_line(pins: Any) -> None:
    first = RgbLamp()
    with pytest.raises(DeviceError, match=r"can't use the light on the pins: .*in use") as error:
        RgbLamp()
    assert "\n" not in str(error.value)
    assert open_lamp(PRESETS["alsa"]) is None
    first.close()


def test_off_a_pi_nothing_of_gpiozero_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setitem(sys.modules, "gpiozero", None)  # an import would raise
    assert not gpio.available()
    assert open_lamp(PRESETS["alsa"]) is None
    assert open_lamp(PRESETS["respeaker-2mic"]) is None
