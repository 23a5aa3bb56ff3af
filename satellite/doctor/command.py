"""The command `pommai-satellite doctor`: examines part after part, and shows first what there is to do."""

import dataclasses
import json
import os
import shutil
import sys
import textwrap
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import SimpleNamespace
from typing import Final

from satellite import identity
from satellite.audio.microphone import open_microphone
from satellite.audio.speaker import open_speaker
from satellite.board import gpio
from satellite.board.hardware import PRESETS
from satellite.clock import Clock, SystemClock
from satellite.doctor import board, network, sound
from satellite.doctor.finding import CheckResult, CheckStatus, skip
from satellite.hub_control import HubContacts
from satellite.update.software import Software

_GROUPS: Final = (
    (CheckStatus.FAIL, "Does not work: mend this first", 31),
    (CheckStatus.WARN, "Look at this next", 33),
    (CheckStatus.OK, "Works", 32),
    (CheckStatus.SKIP, "Not on this machine", 90),
)
"""What is shown first to last: each group's title and its colour on a terminal."""
_PART_COLUMNS: Final = 14
_MIN_COLUMNS: Final = 40
_BAR: Final = 40


async def examine(args: SimpleNamespace) -> int:
    """The exit code: 1 when something does not work. Raises SetupError."""
    async with aclosing(_findings(args, SystemClock())) as found:
        findings = [finding async for finding in found]
    well = all(finding.verdict is not CheckStatus.FAIL for finding in findings)
    if args.json:
        told = {"ok": well, "findings": [dataclasses.asdict(finding) for finding in findings]}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        columns = shutil.get_terminal_size().columns
        sys.stdout.write(shown(findings, columns=columns, colours=colours))
    return 0 if well else 1


async def _findings(args: SimpleNamespace, clock: Clock) -> AsyncGenerator[CheckResult]:
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
    yield board.examine_opus()
    yield await board.examine_light(hardware, clock)
    _ask(ask and gpio.available(), f"Press the button, within {board.PRESS_S:g} s ...")
    yield await board.examine_button(clock, ask=ask)
    found = network.addresses(args.interface)
    yield network.examine_addresses(found)
    yield network.examine_signal()
    yield await network.examine_service(args.port, clock)
    kept = board.examine_folder(folder)
    yield kept
    if kept.verdict is not CheckStatus.FAIL and found:
        yield await network.examine_announcement(identity.device_id(folder), found, clock)
        yield network.examine_hub(HubContacts(folder).last())
    yield board.examine_clock()
    yield board.examine_heat()
    yield board.examine_power()
    await speaker.aclose()


def shown(findings: Sequence[CheckResult], *, columns: int, colours: bool) -> str:
    """The findings in groups, what to mend first; lines end at words, `columns` wide at most."""
    lines = []
    for status, title, colour in _GROUPS:
        group = [finding for finding in findings if finding.verdict is status]
        if not group:
            continue
        lines += ["", f"\x1b[{colour}m{title}\x1b[0m" if colours else title]
        for finding in group:
            lines += _wrapped(f"  {finding.part:<{_PART_COLUMNS - 2}}", finding.text, columns)
            if finding.advice:
                lines += _wrapped(" " * _PART_COLUMNS + "→ ", finding.advice, columns)
    return "\n".join(lines[1:]) + "\n"


def _wrapped(begin: str, text: str, columns: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(columns, _MIN_COLUMNS),
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )


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
