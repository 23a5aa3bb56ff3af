"""Who this satellite is: an id that stays over restarts, and a boot id that doesn't."""

import errno
import fcntl
import logging
import os
import re
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from satellite.errors import SetupError
from satellite.files import keep

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(eq=False, repr=False)
class SatelliteIdentity:
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
        keep(path, f"{fresh}\n".encode())
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


PAIR_SIGNAL: Final = signal.SIGUSR1
"""What holding the button is to a process."""

_log = logging.getLogger(__name__)


def claim_folder(folder: Path) -> TextIO:
    """Be the toy of this folder for as long as the file is open, also on a full card. Raises SetupError."""
    path = folder / "running"
    try:
        file = _opened(path)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SetupError(
            f"the toy of {folder} runs already: stop that, or give this one its own --state"
        ) from error
    except OSError as error:
        raise SetupError(f"{path}: can't write it: {error.strerror}") from error
    try:
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), str(os.getpid()).encode())
    except OSError as error:
        _log.warning(
            "%s: can't write it: %s; pairing is for its button alone", path, error.strerror
        )
    return file


def _opened(path: Path) -> TextIO:
    """For reading alone on a card that takes nothing any more. Raises OSError."""
    try:
        return path.open("a+")
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return path.open()


def request_pairing(folder: Path) -> None:
    """Have the toy of this folder forget its hub and say a new code. Raises SetupError."""
    try:
        with (folder / "running").open("a+") as file:
            os.kill(_holder(file, folder), PAIR_SIGNAL)
    except PermissionError as error:
        raise SetupError(
            f"the toy of {folder} is another user's: run this as that user, or with sudo"
        ) from error
    except (FileNotFoundError, ProcessLookupError, ValueError) as error:
        raise _none(folder) from error
    except OSError as error:
        raise SetupError(f"{folder}: {error.strerror}: hold its button instead") from error


def _holder(file: TextIO, folder: Path) -> int:
    """The process that has claimed the folder; the number in the file of one that ended may be another's now."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        return int(file.read())
    raise _none(folder)


def _none(folder: Path) -> SetupError:
    return SetupError(f"no toy of {folder} runs here: start it, or name its folder with --state")
