"""Who this satellite is: an id that stays over restarts, and a boot id that doesn't."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from satellite.errors import SetupError

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(eq=False, repr=False)
class Identity:
    device_id: str
    """16 hexadecimal digits, made once and kept in the state folder."""
    name: str = "Pommai"
    boot_id: str = field(default_factory=lambda: os.urandom(4).hex())
    """New at each start: a hub that sees a new one knows that the old link is dead."""
    firmware: str = field(default_factory=lambda: version())
    hardware: str = field(default_factory=lambda: _machine())


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where the id is kept when `--state` says nothing else."""
    base = environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base else Path.home() / ".local" / "state") / "pommai-satellite"


def device_id(folder: Path) -> str:
    """The id kept in `folder`, made if there is none. Raises SetupError."""
    path = folder / "device-id"
    try:
        kept = path.read_text("ascii", errors="replace").strip() if path.exists() else ""
        if _ID.fullmatch(kept):
            return kept
        fresh = os.urandom(8).hex()
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        unfinished.write_text(fresh + "\n", "ascii")
        unfinished.replace(path)  # a power cut leaves the old id or the new one, never half
    except OSError as error:
        raise SetupError(
            f"can't keep the satellite's id in {folder}: {error.strerror}; "
            "name another folder with --state"
        ) from error
    return fresh


def version() -> str:
    """As the installed distribution's folder is called: what Python has for it takes 3 MB and 15 ms."""
    for folder in sys.path:
        for found in Path(folder).glob("pommai-*.dist-info"):
            return found.name.removesuffix(".dist-info").partition("-")[2]
    return "unknown"


def _machine() -> str:
    model = Path("/proc/device-tree/model")
    try:
        return model.read_text("utf-8", errors="replace").strip("\0\n ")[:60]
    except OSError:
        return os.uname().machine
