"""What the doctor reads off the board: pins, heat, power, clock and the folder."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from satellite.board.gpio import BUTTON_PIN, RGB_PINS, RgbLamp
from satellite.board.hardware import PRESETS
from satellite.doctor import board
from satellite.doctor.finding import CheckResult, CheckStatus
from satellite.update.software import Software
from tests.clock import FakeClock


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    factory = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setattr(Device, "pin_factory", factory)
    yield factory
    factory.reset()


def written(root: Path, path: str, text: str) -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return root


def test_which_software_it_runs_is_said_and_whether_an_update_came_up(tmp_path: Path) -> None:
    assert board.examine_software("0.1.0", None).text == "version 0.1.0, which its hub can't update"
    assert board.examine_software("0.1.0", Software(tmp_path, "")).text == (
        "version 0.1.0, as installed"
    )
    (tmp_path / "failed").symlink_to("cd" * 32)
    sent = board.examine_software("0.2.0", Software(tmp_path, "ab" * 32))
    assert sent.verdict is CheckStatus.WARN
    assert "as its hub sent it (abababababababab…): an update did not come up" in sent.text


async def test_off_a_pi_light_and_button_are_left_out() -> None:
    for finding in (
        await board.examine_light(PRESETS["alsa"], FakeClock()),
        await board.examine_button(FakeClock(), ask=True),
    ):
        assert (finding.verdict, finding.text) == (CheckStatus.SKIP, "this is no Raspberry Pi")


async def test_the_light_shows_its_three_colours_and_goes_dark(pins: Any) -> None:
    clock = FakeClock()
    examining = asyncio.create_task(board.examine_light(PRESETS["usb"], clock))
    shown = []
    while not examining.done():
        await clock.advance(0)
        shown.append(tuple(pins.pin(number).state for number in RGB_PINS))
        await clock.advance(board.COLOUR_S)
    assert shown == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert examining.result().verdict is CheckStatus.OK
    assert "GPIO 27, 22 and 23" in examining.result().text
    RgbLamp().close()  # the pins are free again


async def test_a_light_that_is_taken_fails(pins: Any) -> None:
    taken = RgbLamp()
    finding = await board.examine_light(PRESETS["usb"], FakeClock())
    assert finding.verdict is CheckStatus.FAIL
    assert "systemctl stop pommai-satellite" in finding.advice
    taken.close()


async def pressed_after(pins: Any, seconds: float | None) -> CheckResult:
    clock = FakeClock()
    examining = asyncio.create_task(board.examine_button(clock, ask=True))
    waited_s = 0.0
    while not examining.done():
        await clock.advance(0.1)
        waited_s += 0.1
        if seconds is not None and waited_s >= seconds:
            pins.pin(BUTTON_PIN).drive_low()
    return examining.result()


async def test_a_press_is_felt_or_missed(pins: Any) -> None:
    assert (await pressed_after(pins, 1)).text == "felt a press on GPIO 17"
    pins.pin(BUTTON_PIN).drive_high()
    finding = await pressed_after(pins, None)
    assert (finding.verdict, finding.text) == (CheckStatus.WARN, "GPIO 17: no press in 5 s")


async def test_without_anybody_to_press_only_its_rest_is_read(pins: Any) -> None:
    finding = await board.examine_button(FakeClock(), ask=False)
    assert (finding.verdict, finding.text) == (CheckStatus.OK, "GPIO 17 reads as not pressed")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("41203\n", CheckStatus.OK),
        ("71000\n", CheckStatus.WARN),
        ("82000\n", CheckStatus.FAIL),
        ("hot", CheckStatus.SKIP),
    ],
)
def test_heat(tmp_path: Path, text: str, verdict: CheckStatus) -> None:
    root = written(tmp_path, "sys/class/thermal/thermal_zone0/temp", text)
    assert board.examine_heat(root).verdict is verdict


@pytest.mark.parametrize(
    ("flags", "verdict", "text"),
    [
        ("0\n", CheckStatus.OK, "as they should be"),
        ("50005\n", CheckStatus.FAIL, "too low now"),
        ("50000\n", CheckStatus.WARN, "too low since it started"),
        ("20002\n", CheckStatus.WARN, "slowed down"),
        ("80008\n", CheckStatus.WARN, "slowed down"),
        ("", CheckStatus.SKIP, "does not say"),
    ],
)
def test_power(tmp_path: Path, flags: str, verdict: CheckStatus, text: str) -> None:
    root = written(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", flags)
    finding = board.examine_power(root)
    assert finding.verdict is verdict
    assert text in finding.text


def test_machines_that_say_nothing_are_not_blamed(tmp_path: Path) -> None:
    assert board.examine_heat(tmp_path).verdict is CheckStatus.SKIP
    assert board.examine_power(tmp_path).verdict is CheckStatus.SKIP


def test_the_clock(tmp_path: Path) -> None:
    assert "was never set: 1970-01-01 00:01 UTC" in board.examine_clock(60, tmp_path).text
    set_s = 1_800_000_000.0
    assert "not set by the network yet" in board.examine_clock(set_s, tmp_path).text
    root = written(tmp_path, "run/systemd/timesync/synchronized", "")
    assert board.examine_clock(set_s, root).verdict is CheckStatus.OK


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("ext4", CheckStatus.OK), ("overlay", CheckStatus.WARN), ("tmpfs", CheckStatus.WARN)],
)
def test_a_folder_that_forgets_is_told(tmp_path: Path, kind: str, verdict: CheckStatus) -> None:
    folder = tmp_path / "state"
    mounts = f"proc /proc proc rw 0 0\n/dev/root / squashfs ro 0 0\nx {tmp_path} {kind} rw 0 0\n"
    finding = board.examine_folder(folder, written(tmp_path, "proc/mounts", mounts))
    assert finding.verdict is verdict
    assert list(folder.iterdir()) == []


def test_a_partition_that_the_cards_overlay_covers_is_told_with_what_spares_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "state"
    mounts = f"overlayroot / overlay rw 0 0\n/media/root-ro{folder} {folder} overlay rw 0 0\n"
    finding = board.examine_folder(folder, written(tmp_path, "proc/mounts", mounts))
    assert (finding.verdict, "recurse=0" in finding.advice) == (CheckStatus.WARN, True)


def test_a_full_card_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "doctor").symlink_to("/dev/full")
    finding = board.examine_folder(tmp_path)
    assert (finding.verdict, "full" in finding.advice) == (CheckStatus.FAIL, True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = board.examine_folder(tmp_path / "file" / "state")
    assert finding.verdict is CheckStatus.FAIL
    assert "can't write" in finding.text
