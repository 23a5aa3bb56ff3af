"""The command `pommai-satellite doctor`: examines part after part, shows each finding as it comes, counts up."""

import dataclasses
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Final

from satellite import identity
from satellite.clock import Clock, SystemClock
from satellite.contact import Contacts
from satellite.doctor import board, network, sound
from satellite.doctor.finding import Finding, Verdict, skip
from satellite.hardware import PRESETS
from satellite.microphone import open_microphone
from satellite.software import Software
from satellite.speaker import open_speaker

_COLOURS: Final = {Verdict.OK: 32, Verdict.WARN: 33, Verdict.FAIL: 31, Verdict.SKIP: 90}
_BAR: Final = 40


async def examine(args: SimpleNamespace) -> int:
    """The exit code: 1 when something does not work. Raises SetupError."""
    findings = []
    async with aclosing(_findings(args, SystemClock())) as found:
        async for finding in found:
            findings.append(finding)
            if not args.json:
                _show(finding)
    well = all(finding.verdict is not Verdict.FAIL for finding in findings)
    if args.json:
        told = {"ok": well, "findings": [dataclasses.asdict(finding) for finding in findings]}
        sys.stdout.write(json.dumps(told) + "\n")
    return 0 if well else 1


async def _findings(args: SimpleNamespace, clock: Clock) -> AsyncGenerator[Finding]:
    hardware = PRESETS[args.hardware]
    ask = sys.stdin.isatty() and sys.stderr.isatty() and not args.json
    spec = args.mic or hardware.microphone
    microphone = open_microphone(spec, clock)
    speaker = open_speaker(args.speaker or hardware.speaker, clock)
    folder = args.state or identity.state_folder(os.environ)

    _ask(ask, f"Speak: listening for {sound.LISTEN_S:g} s ...")
    heard, hears = await sound.examine_microphone(microphone, _meter if ask else _no_meter)
    _ask(ask, "\r\x1b[K", end="")
    yield heard
    if args.speaker == "none":
        yield skip("speaker", "none")
    else:
        yield await sound.examine_speaker(speaker, microphone if hears else None, clock)
    yield board.examine_software(identity.version(), Software.launched(os.environ))
    yield await board.examine_light(hardware, clock)
    _ask(ask and board.has_pins(), f"Press the button, within {board.PRESS_S:g} s ...")
    yield await board.examine_button(clock, ask=ask)
    found = network.addresses(args.interface)
    yield network.examine_addresses(found)
    yield network.examine_signal()
    yield await network.examine_service(args.port, clock)
    kept = board.examine_folder(folder)
    yield kept
    if kept.verdict is not Verdict.FAIL and found:
        yield await network.examine_announcement(identity.device_id(folder), found, clock)
        yield network.examine_hub(Contacts(folder).last())
    yield board.examine_clock()
    yield board.examine_heat()
    yield board.examine_power()
    await speaker.aclose()


def _show(finding: Finding) -> None:
    verdict = f"{finding.verdict.value:<5}"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        verdict = f"\x1b[{_COLOURS[finding.verdict]}m{verdict}\x1b[0m"
    sys.stdout.write(f"{finding.part:<11} {verdict} {finding.text}\n")
    if finding.advice:
        sys.stdout.write(f"{'':17} {finding.advice}\n")
    sys.stdout.flush()


def _ask(ask: bool, text: str, end: str = "\n") -> None:
    if ask:
        sys.stderr.write(text + end)
        sys.stderr.flush()


def _meter(level_db: float) -> None:
    """A bar from -60 dB to 0."""
    full = round(min(max(1 + level_db / 60, 0), 1) * _BAR)
    sys.stderr.write(f"\r  [{'#' * full:<{_BAR}}] {level_db:4.0f} dB")
    sys.stderr.flush()


def _no_meter(level_db: float) -> None: ...
