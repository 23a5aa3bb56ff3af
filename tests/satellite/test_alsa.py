"""ALSA: which card is meant, what its complaints mean, and a microphone that is lost and comes back."""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from satellite.audio import alsa
from satellite.audio.microphone import AlsaMicrophone, CommandMicrophone, open_microphone
from satellite.audio.program import MAX_SILENT_S
from satellite.audio.speaker import open_speaker
from satellite.board.panel import State
from satellite.clock import SystemClock
from satellite.errors import DeviceError
from tests.clock import FakeClock
from tests.programs import needs
from tests.satellite.toy import first_of, running_toy

needs_alsa = needs("arecord", package="alsa-utils")


def kill_children(name: str) -> None:
    for thread in Path("/proc/self/task").iterdir():
        with suppress(
            FileNotFoundError, ProcessLookupError
        ):  # a thread, or a child, that has just ended
            for pid in (thread / "children").read_text().split():
                if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                    os.kill(int(pid), signal.SIGKILL)


def card(folder: Path, number: int, name: str, *devices: str, usb: bool = True) -> None:
    there = folder / f"card{number}"
    there.mkdir()
    (there / "id").write_text(f"{name}\n")
    if usb:
        (there / "usbid").write_text("0d8c:0014\n")
    for device in devices:
        (there / device).mkdir()


def test_the_first_usb_card_that_can_do_it_is_taken(tmp_path: Path) -> None:
    card(tmp_path, 0, "vc4hdmi", "pcm0p", usb=False)
    card(tmp_path, 2, "Camera", "pcm0c")
    card(tmp_path, 10, "Device", "pcm1c", "pcm0p")
    (tmp_path / "cards").write_text("a list")
    assert alsa.usb_card("capture", tmp_path) == "plughw:CARD=Camera,DEV=0"
    assert alsa.usb_card("playback", tmp_path) == "plughw:CARD=Device,DEV=0"


def test_without_a_usb_card_the_line_says_so(tmp_path: Path) -> None:
    card(tmp_path, 0, "Headphones", "pcm0p", usb=False)
    with pytest.raises(DeviceError, match="no USB microphone is plugged in"):
        alsa.usb_card("capture", tmp_path)
    with pytest.raises(DeviceError, match="no USB speaker is plugged in"):
        alsa.usb_card("playback", tmp_path / "nothing")


@pytest.mark.parametrize(
    ("complaint", "meaning"),
    [
        ("main:831: audio open error: No such file or directory", "there is no microphone x; "),
        ("main:831: audio open error: Device or resource busy", "microphone x is in use by"),
        ("set_params:1416: Channels count non available", "name it with plughw: in front"),
        ("set_params:1405: Sample format non available", "name it with plughw: in front"),
        ("main:831: audio open error: Permission denied", "in the group audio"),
        ("pcm_read:2221: read error: No such device", "microphone x is gone; is its cable out"),
        ("pcm_read:2221: read error: Input/output error", "microphone x is gone; is its cable"),
    ],
)
def test_a_complaint_is_told_in_plain_words(complaint: str, meaning: str) -> None:
    told = alsa.explained(DeviceError(f"arecord ended: arecord: {complaint}"), "x", "capture")
    assert meaning in str(told)


def test_an_unknown_complaint_is_told_as_it_is() -> None:
    unknown = DeviceError("arecord ended: it is full moon")
    assert alsa.explained(unknown, "x", "playback") is unknown


@needs_alsa
async def test_sound_cards_that_are_not_there_are_one_line() -> None:
    with pytest.raises(DeviceError, match="there is no microphone plughw:CARD=None9"):
        await first_of(open_microphone("alsa:plughw:CARD=None9", SystemClock()))
    speaker = open_speaker("alsa:plughw:CARD=None9", SystemClock())
    await speaker.start(16_000)
    with pytest.raises(DeviceError, match=r"there is no speaker plughw:CARD=None9; aplay -L"):
        await speaker.finish()
    await speaker.stop()


async def test_a_program_that_gives_no_sound_is_an_error() -> None:
    clock = FakeClock()
    microphone = CommandMicrophone(["sleep", "1000"], clock)
    hearing = asyncio.create_task(first_of(microphone))
    while not clock.falls_due(MAX_SILENT_S):
        await asyncio.sleep(0.01)
    await clock.advance(MAX_SILENT_S + 0.1)
    with pytest.raises(DeviceError, match="sleep gave no sound for 5 s"):
        await hearing


@needs_alsa
async def test_a_microphone_that_is_lost_is_told_to_the_hub_once_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = tmp_path / ".asoundrc"
    settings.write_text("pcm.toy { type null }\n")
    microphone = AlsaMicrophone("toy", SystemClock())
    async with running_toy(microphone=microphone) as toy:
        hub = await toy.hub()
        toy.satellite.press()
        await hub.until("audio-chunk")
        settings.unlink()  # no such card any more
        kill_children("arecord")
        await hub.until("audio-stop")
        error = await hub.read()
        assert error is not None
        assert (error.type, error.data["code"]) == ("error", "microphone")
        await toy.panel.until(State.ERROR)
        toy.satellite.press()
        assert await hub.hears_nothing()
        settings.write_text("pcm.toy { type null }\n")
        await toy.panel.until(State.IDLE)
        toy.satellite.press()
        await hub.until("audio-chunk")  # and no event that a stock hub doesn't know
    said = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(said) == 1


@needs_alsa
async def test_a_toy_without_a_sound_card_stays_there_and_its_hub_learns_why() -> None:
    async with running_toy(microphone=AlsaMicrophone("plughw:CARD=None9", SystemClock())) as toy:
        hub = await toy.hub()
        error = await hub.until("error")
        assert error.data == {
            "code": "microphone",
            "text": "there is no microphone plughw:CARD=None9; arecord -L lists them",
        }
        await toy.panel.until(State.ERROR)
        await hub.reply()
        await hub.until("played")
