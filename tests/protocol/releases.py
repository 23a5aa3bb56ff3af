"""The `wyoming` package's own classes: of the release that we use, and of the one in older Home Assistants."""

import json
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from wyoming.event import Event

from tests.devices.processes import STOCK
from tests.programs import missing

CLASSES = Path(__file__).with_name("classes.py")
RELEASES = {"1.10.2": Path(sys.executable), "1.4.1": STOCK}


@cache
def samples(release: str) -> list[Event]:
    """Each kind of event: with all that can be in it, and with as little."""
    return [
        Event(made["type"], made["data"], bytes.fromhex(made["payload"] or "") or None)
        for made in json.loads(_run(release, "samples"))
    ]


def kinds(release: str) -> set[str]:
    return {event.type for event in samples(release)}


def parse(release: str, events: Iterable[Event]) -> tuple[list[str], list[str]]:
    """What its classes can't read of these, and the types that it has no class for."""
    given = [
        {"type": e.type, "data": e.data, "payload": e.payload.hex() if e.payload else None}
        for e in events
    ]
    found = json.loads(_run(release, "parse", json.dumps(given)))
    return found["wrong"], found["unknown"]


def _run(release: str, what: str, given: str = "") -> str:
    python = RELEASES[release]
    if not python.exists():
        missing("the stock satellite's venv is missing: make .venv-stock-satellite/.done")
    command = [str(python), str(CLASSES), what]
    return subprocess.run(command, input=given, check=True, capture_output=True, text=True).stdout
