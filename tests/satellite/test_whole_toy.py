"""The whole toy in this process, with gpiozero's mock for its pins: from a finger to the hub, and to the light."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin
from wyoming.audio import AudioChunk, AudioStart
from wyoming.event import Event

from satellite.__main__ import parse
from satellite.app import SatelliteApp
from satellite.board.gpio import BUTTON_PIN, RGB_PINS
from satellite.wire import tls
from satellite.wire.certificate import make
from satellite.wire.extensions import PCM
from satellite.wire.phrases import PhrasePack, PhraseSound
from tests.clock import settle
from tests.devices.scripted import until
from tests.satellite.toy import Peer


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    factory = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setattr(Device, "pin_factory", factory)
    yield factory
    factory.reset()


def colour(pins: Any) -> tuple[float, ...]:
    return tuple(round(pins.pin(number).state, 2) for number in RGB_PINS)


async def test_a_finger_on_the_button_talks_to_the_hub_while_the_light_is_steady_blue(
    pins: Any, tmp_path: Path
) -> None:
    settings = ["--port", "0", "--host", "127.0.0.1", "--interface", "127.0.0.1", "--plain"]
    sound = ["--mic", "command:cat /dev/zero", "--speaker", "none", "--state", str(tmp_path)]
    toy = SatelliteApp.build(parse(["run", *settings, *sound], {}))
    running = asyncio.create_task(toy.run())
    hub = await (await Peer.connect(toy.sock.getsockname()[1])).take()
    button = pins.pin(BUTTON_PIN)

    await asyncio.to_thread(button.drive_low)
    assert (await hub.until("run-pipeline")).data["held"] is True
    await hub.until("audio-chunk")
    assert colour(pins) == (0, 0.25, 1)
    await asyncio.to_thread(button.drive_high)
    await hub.until("audio-stop")
    assert colour(pins) != (0, 0.25, 1)

    await hub.say(Event("transcript", {"text": "hello"}))
    await hub.reply(bytes(640))
    await hub.until("played")
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert all(pins.pin(number).function == "input" for number in RGB_PINS)  # dark
    assert pins.pin(BUTTON_PIN).when_changed is None


async def test_its_terminal_is_a_button_that_talks_and_interrupts_and_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyboard, terminal = os.openpty()
    monkeypatch.setattr(sys, "stdin", os.fdopen(terminal))
    settings = ["--port", "0", "--host", "127.0.0.1", "--interface", "127.0.0.1", "--plain"]
    sound = ["--mic", "command:cat /dev/zero", "--speaker", "none", "--state", str(tmp_path)]
    toy = SatelliteApp.build(parse(["run", *settings, *sound], {}))
    running = asyncio.create_task(toy.run())
    hub = await (await Peer.connect(toy.sock.getsockname()[1])).take()
    assert "talk and Enter" in capsys.readouterr().out

    os.write(keyboard, b"tlak\n")
    os.write(keyboard, b"talk\n")
    await hub.until("run-pipeline")
    assert "talk and Enter" in capsys.readouterr().out
    await hub.say(Event("transcript", {"text": "a long story"}))
    await hub.say(AudioStart(16_000, 2, 1).event(), AudioChunk(16_000, 2, 1, bytes(640)).event())
    await until(lambda: "speaking" in capsys.readouterr().err)
    os.write(keyboard, b"talk\n")
    await hub.until("run-pipeline")

    toy.ending.now.set()
    await running
    sys.stdin.close()
    os.close(keyboard)


async def test_a_muted_toy_shows_that_and_not_that_its_hub_is_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.json").write_text('{"mute": true}')
    settings = ["--port", "0", "--host", "127.0.0.1", "--interface", "127.0.0.1"]
    sound = ["--mic", "command:cat /dev/zero", "--speaker", "none", "--state", str(tmp_path)]
    toy = SatelliteApp.build(parse(["run", *settings, *sound], {}))
    running = asyncio.create_task(toy.run())
    shown = ""
    while "muted" not in shown:
        await asyncio.sleep(0.01)
        shown += capsys.readouterr().err
    toy.ending.now.set()
    await running
    assert "hub away" not in shown


async def test_a_toy_that_is_held_to_pair_amid_a_line_of_its_own_says_its_code_and_no_more_of_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line, played = b"\x11" * 640_000, tmp_path / "played"
    played.touch()
    _, certificate = make("a hub of a test")
    hub = ssl.PEM_cert_to_DER_cert(certificate.decode())
    carried = tmp_path / "away" / tls.fingerprint(hub)[:16] / "pack"
    for path, content in (
        (tmp_path / "certs" / "hub.crt", hub),
        (carried, PhrasePack("v1", PCM, (PhraseSound("away", line),)).encode()),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    settings = ["--port", "0", "--host", "127.0.0.1", "--interface", "127.0.0.1"]
    sound = ["--mic", "command:cat /dev/zero", "--speaker", f"command:sh -c 'cat >> {played}'"]
    toy = SatelliteApp.build(parse(["run", *settings, *sound, "--state", str(tmp_path)], {}))
    running = asyncio.create_task(toy.run())
    await settle()
    toy.control.press()
    await until(lambda: played.stat().st_size > 3_200)
    toy.control.pair()
    await until(lambda: "pairing code" in capsys.readouterr().out)
    of_line = played.stat().st_size
    await until(lambda: running.done() or played.stat().st_size > of_line + 16_000)
    toy.ending.now.set()
    await running
    assert line[:3_200] not in played.read_bytes()[of_line:]
