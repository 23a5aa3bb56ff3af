"""What a toy keeps and obeys of its hub's wishes, and what it tells of itself; with what is bad of each."""

import asyncio
import json
import logging
from array import array
from pathlib import Path
from typing import cast

import pytest
from wyoming.event import Event

from satellite.audio.speaker import VolumeSpeaker
from satellite.board.button import EMERGENCY_PRESSES, Button
from satellite.board.panel import State
from satellite.board.vitals import Vitals, Warnings
from satellite.commands import MAX_WAITING, CommandHandler, CommandTarget, KeptSettings
from satellite.wake.turn_start import WakeMode
from satellite.wire import commands
from satellite.wire.stream import WireError
from tests.clock import FakeClock
from tests.satellite.secure_toy import PretendHub, in_charge, secure_toy
from tests.satellite.toy import HeldSpeaker, Peer


def settings(**changed: object) -> Event:
    return Event(commands.SETTINGS, {"id": "1", **changed})


async def test_a_muted_toy_shows_it_and_nothing_of_its_microphone_leaves(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.STREAM) as toy:
        peer = await in_charge(toy, tmp_path)
        await peer.until("audio-chunk")
        await peer.say(settings(mute=True))
        await peer.until("audio-stop")
        await peer.say(Event("transcript", {"text": ""}))
        await toy.panel.until(State.MUTED)
        assert not toy.microphone.is_open
        toy.satellite.trigger()
        toy.satellite.press()
        await peer.say(Event("ping", {"text": "later"}))
        assert {event.type for event in await until_pong(peer)} <= {
            commands.DONE,
            commands.REPORT,
            "ping",
        }
        await peer.say(settings(mute=False))
        await peer.until("audio-chunk")


async def until_pong(peer: Peer) -> list[Event]:
    before = []
    while (event := await peer.read()) is not None and event.type != "pong":
        before.append(event)
    return before


async def test_a_hub_without_our_hello_commands_nothing(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        hub = PretendHub(tmp_path / "hub")
        await hub.pair(toy, await toy.code())
        peer = await (await hub.link(toy)).take()
        await peer.say(settings(mute=True), Event("ping"))
        assert await until_pong(peer) == []
        assert not toy.home.settings.now.mute


@pytest.mark.parametrize(
    "bad",
    [
        {"volume": 101},
        {"volume": True},
        {"volume": "50"},
        {"volume_cap": -1},
        {"led": 1e9},
        {"mute": 1},
        {"wake": "word of a stranger"},
        {"wake": []},
        {"follow_up_s": 3600},
        {"silent_offline": "yes"},
        {"next_child": 1},
    ],
)
async def test_a_setting_out_of_range_is_refused_in_a_line(
    tmp_path: Path, bad: dict[str, object]
) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        await peer.say(settings(**bad))
        done = commands.Done.from_event(await peer.until(commands.DONE))
        assert not done.ok
        assert next(iter(bad)) in done.detail
        assert toy.home.settings.now == commands.SettingsMessage()


async def test_an_order_from_the_future_is_refused_in_a_line(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        await peer.say(commands.Command("7", "fly").event())
        done = commands.Done.from_event(await peer.until(commands.DONE))
        assert (done.id, done.ok) == ("7", False)
        assert "older than the hub's" in done.detail


async def test_a_muted_toy_says_why_it_does_not_listen(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        await peer.say(settings(mute=True), commands.Command("7", commands.LISTEN).event())
        assert commands.Done.from_event(await peer.until(commands.DONE)).ok
        done = commands.Done.from_event(await peer.until(commands.DONE))
        assert (done.id, done.ok) == ("7", False)
        assert "microphone is off" in done.detail


@pytest.mark.parametrize(
    "data", [{}, {"id": ""}, {"id": 1}, {"id": "1" * 41}, {"id": ["1"], "do": "identify"}]
)
async def test_an_order_that_could_not_be_answered_ends_the_link(
    tmp_path: Path, data: dict[str, object]
) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        await peer.say(Event(commands.COMMAND, data))
        rest = await peer.until_closed()
        assert rest[-1].data["code"] == "protocol"


async def test_commands_that_nobody_reads_are_bounded(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        handler = CommandHandler(cast(CommandTarget, None), toy.home)  # which obeys none of them
    for number in range(MAX_WAITING):
        handler.take(commands.Command(str(number), commands.LISTEN).event())
    with pytest.raises(WireError, match="commands wait"):
        handler.take(commands.Command("more", commands.LISTEN).event())


@pytest.mark.parametrize(
    "kept", ["", "null", "[]", "{", '"volume"', "[" * 5000, '{"volume": 900, "led": "x"}']
)
def test_a_damaged_file_of_settings_is_as_if_nothing_was_set(tmp_path: Path, kept: str) -> None:
    (tmp_path / "settings.json").write_text(kept)
    assert KeptSettings(tmp_path).now == commands.SettingsMessage()


def test_an_older_or_newer_file_of_settings_is_taken_for_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"volume": 30, "sings": "songs"}))
    assert KeptSettings(tmp_path).now == commands.SettingsMessage(volume=30)


async def test_settings_that_no_disk_takes_hold_until_the_next_start(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        (tmp_path / "toy" / "settings.new").mkdir()
        await peer.say(settings(volume=20))
        done = commands.Done.from_event(await peer.until(commands.DONE))
        assert not done.ok
        assert "until the next start only" in done.detail
        assert toy.home.settings.now.volume == 20


async def test_half_the_volume_is_a_quarter_of_the_amplitude_and_the_cap_holds() -> None:
    loud = array("h", [1000, -1000, 32767, -32768]).tobytes()
    held = HeldSpeaker()
    speaker = VolumeSpeaker(held)
    await speaker.write(loud)
    speaker.set_percent(commands.SettingsMessage(volume=90, volume_cap=50).loudness)
    await speaker.write(loud)
    speaker.set_percent(0)
    await speaker.write(loud)
    assert held.played == b"".join(
        (loud, array("h", [250, -250, 8191, -8192]).tobytes(), bytes(len(loud)))
    )


def test_a_report_has_what_the_machine_says_and_leaves_out_what_it_does_not(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    bare = Vitals(clock, Warnings(), tmp_path).report(None)
    assert (bare.signal_dbm, bare.cpu_celsius, bare.memory_kb, bare.free_kb) == (None,) * 4
    files = {
        "proc/net/wireless": "Inter-| sta\n face |\n wlan0: 0000   54.  -56.  -256  0 0 0 0 0\n",
        "sys/class/thermal/thermal_zone0/temp": "48312\n",
        "proc/self/statm": "9000 5000 2000 1 0 3000 0\n",
        "proc/meminfo": "MemTotal: 440000 kB\nMemAvailable:  123456 kB\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    vitals = Vitals(clock, Warnings(), tmp_path)
    vitals.links, vitals.packets.lost, vitals.packets.late = 4, 3, 2
    report = vitals.report(3.21)
    assert (report.links, report.lost, report.late) == (4, 3, 2)
    assert (report.signal_dbm, report.cpu_celsius, report.free_kb) == (-56, 48.3, 123456)
    assert report.round_trip_ms == 3.2
    assert commands.StatusReport.from_data(report.event().data) == report


def test_warnings_are_bounded_one_line_each_and_told_once() -> None:
    warnings = Warnings()
    log = logging.Logger("toy")
    log.addHandler(warnings)
    log.info("nothing to tell")
    for number in range(30):
        log.warning("loud\n%s", number * "x" * 100)
    taken = warnings.take()
    assert len(taken) == commands.MAX_WARNINGS
    assert all(len(line) <= commands.MAX_DETAIL_CHARS and "\n" not in line for line in taken)
    assert taken[-1] == "and 21 more"
    assert warnings.take() == ()


@pytest.mark.parametrize(
    "data",
    [
        {"uptime_s": "long", "links": True, "cpu_celsius": float("nan"), "warnings": "one"},
        {"uptime_s": [], "late": 1e300, "warnings": [1, None, {}]},
        {"signal_dbm": float("inf")},
    ],
)
def test_of_a_report_what_makes_no_sense_is_left_out(data: dict[str, object]) -> None:
    assert commands.StatusReport.from_data(data) == commands.StatusReport()


def test_a_report_holds_no_more_warnings_than_a_log_takes() -> None:
    report = commands.StatusReport.from_data({"warnings": ["a\nb" * 1000] * 1000})
    assert len(report.warnings) == commands.MAX_WARNINGS
    assert all(len(text) <= commands.MAX_DETAIL_CHARS for text in report.warnings)


class Felt:
    """What a button did."""

    hears_a_voice = False

    def __init__(self) -> None:
        self.did: list[str] = []

    def press(self) -> None:
        self.did.append("press")

    def release(self) -> None:
        self.did.append("release")

    def pair(self) -> None: ...

    def emergency(self) -> None:
        self.did.append("emergency")

    def next_child(self) -> bool:
        return False


@pytest.mark.parametrize(("pause_s", "calls"), [(0.5, 1), (1.0, 0)])
async def test_five_quick_presses_are_an_emergency_and_slow_ones_are_not(
    pause_s: float, calls: int
) -> None:
    clock, felt = FakeClock(), Felt()
    button = Button(felt, clock)
    for _ in range(EMERGENCY_PRESSES):
        button.down()
        button.up()
        await clock.advance(pause_s)
    assert felt.did.count("emergency") == calls


async def test_an_emergency_silences_the_toy_and_tells_its_hub(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        await peer.say(
            Event("audio-start", {"rate": 16000, "width": 2, "channels": 1}),
        )
        await toy.panel.until(State.SPEAKING)
        toy.satellite.emergency()
        await toy.panel.until(State.IDLE)
        async with asyncio.timeout(10):
            while (await peer.until("pommai-event")).data["kind"] != commands.EMERGENCY:
                continue
