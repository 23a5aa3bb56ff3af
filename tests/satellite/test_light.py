"""The light: each state can be told by its rhythm alone, and listening always shows."""

import asyncio
import io
import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from satellite.board.hardware import LIGHTS, Apa102Lamp
from satellite.board.panel import PATTERNS, LightPanel, State, ToyPanel, frame
from satellite.errors import DeviceError
from tests.clock import FakeClock
from tests.satellite.toy import SeenPanel

SAMPLE_MS = 50


class SeenLamp:
    def __init__(self) -> None:
        self.seen: list[tuple[float, float, float]] = []
        self.broken = False
        self.closed = False

    def show(self, red: float, green: float, blue: float) -> None:
        if self.broken:
            raise OSError("the wire is off")
        self.seen.append((red, green, blue))

    def close(self) -> None:
        self.closed = True

    @property
    def power(self) -> float:
        return sum(self.seen[-1])


@asynccontextmanager
async def shining(lamp: SeenLamp, clock: FakeClock) -> AsyncIterator[LightPanel]:
    panel = LightPanel(lamp, clock)
    task = asyncio.create_task(panel.run())
    await clock.advance(0)
    yield panel
    task.cancel()
    await asyncio.wait([task])


def rhythm(state: State, seconds: float = 12.0) -> list[float]:
    """How bright the state looks, of its brightest, in steps of SAMPLE_MS; colours don't count."""
    samples = int(1000 * seconds / SAMPLE_MS)
    bright = [sum(frame(PATTERNS[state], n * SAMPLE_MS / 1000)[0]) for n in range(samples)]
    return [level / max(bright) for level in bright]


def test_every_state_has_a_pattern() -> None:
    assert set(PATTERNS) == set(State)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(State, 2)))
def test_states_differ_in_rhythm_whatever_their_colours_and_whenever_one_looks(
    one: State, other: State
) -> None:
    long, short = rhythm(one, 24), rhythm(other, 12)
    for shift in range(len(long) - len(short)):
        differs = sum(abs(a - b) for a, b in zip(long[shift:], short, strict=False)) / len(short)
        assert differs > 0.03, f"shifted by {shift * SAMPLE_MS} ms"


@pytest.mark.parametrize("state", State)
def test_nothing_flashes_more_than_three_times_a_second(state: State) -> None:
    levels = rhythm(state)
    rises = [n for n in range(1, len(levels)) if levels[n - 1] < 0.5 <= levels[n]]
    window = 1000 // SAMPLE_MS
    assert all(later - first >= window for first, later in zip(rises, rises[3:], strict=False))


def test_only_listening_is_steady() -> None:
    steady = [state for state in State if frame(PATTERNS[state], 0)[1] is None]
    assert steady == [State.LISTENING]


async def test_a_state_is_shown_before_show_returns() -> None:
    clock, lamp = FakeClock(), SeenLamp()
    async with shining(lamp, clock) as panel:
        panel.show(State.LISTENING)
        red, _, blue = lamp.seen[-1]
        assert blue == 1.0
        assert red == 0.0


async def test_a_pattern_moves_with_time_and_sleeps_while_nothing_changes() -> None:
    clock, lamp = FakeClock(), SeenLamp()
    async with shining(lamp, clock) as panel:
        panel.show(State.HUB_AWAY)
        assert lamp.power > 0.5
        await clock.advance(0.2)
        assert lamp.power == 0
        frames = len(lamp.seen)
        await clock.advance(4.5)
        assert len(lamp.seen) <= frames + 1
        await clock.advance(0.4)
        assert lamp.power > 0.5
        panel.show(State.IDLE)
        assert lamp.power == 0
        await clock.advance(1.5)
        assert 0 < lamp.power < 0.5
    frames = len(lamp.seen)
    assert lamp.closed
    panel.show(State.HUB_AWAY)
    assert len(lamp.seen) == frames


async def test_brightness_dims_all_but_never_hides_listening_nor_a_toy_that_is_looked_for() -> None:
    clock, lamp = FakeClock(), SeenLamp()
    async with shining(lamp, clock) as panel:
        panel.show(State.HUB_AWAY)
        full = lamp.power
        panel.set_brightness(50)
        assert lamp.power == pytest.approx(full / 4)
        panel.set_brightness(0)
        assert lamp.power == 0
        for state in (State.IDENTIFYING, State.LISTENING):
            panel.show(state)
            assert lamp.power > 0.02
        panel.set_brightness(100)
        panel.show(State.HUB_AWAY)
        panel.dim(True)
        assert 0 < lamp.power < full / 20
        panel.dim(False)
        assert lamp.power == full
        panel.show(State.LISTENING)
        panel.set_brightness(1000)
        assert max(lamp.seen[-1]) == 1.0


async def test_a_broken_light_is_said_once_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, lamp = FakeClock(), SeenLamp()
    lamp.broken = True
    with caplog.at_level(logging.ERROR):
        async with shining(lamp, clock) as panel:
            panel.show(State.THINKING)
            await clock.advance(3)
            lamp.broken = False
            await clock.advance(1)
    assert lamp.seen
    assert [record.message for record in caplog.records] == [
        "the light does not work: the wire is off"
    ]


def test_light_and_console_show_the_same() -> None:
    light, console = SeenPanel(), io.StringIO()
    panel = ToyPanel(light, lambda: True, console)
    panel.show(State.PAIRING)
    panel.show(State.HUB_AWAY)
    assert light.seen == [State.PAIRING, State.MUTED]
    assert console.getvalue() == "* pairing\n* muted\n"


def test_the_hats_lights_get_what_their_datasheet_says(tmp_path: Path) -> None:
    bus = tmp_path / "spidev0.1"
    bus.touch()
    lamp = Apa102Lamp(bus)
    lamp.show(1.0, 0.5, 0.0)
    light = bytes([0xFF, 0, 128, 255])  # full current, then blue, green, red
    shown = bytes(4) + light * LIGHTS + b"\xff" * 4
    assert bus.read_bytes() == shown
    lamp.close()
    assert bus.read_bytes() == shown + bytes(4) + bytes([0xFF, 0, 0, 0]) * LIGHTS + b"\xff" * 4


def test_lights_without_spi_say_how_to_turn_it_on(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"spidev9.9: No such file.*raspi-config nonint do_spi 0"):
        Apa102Lamp(tmp_path / "spidev9.9")
