"""Which process is the toy of a state folder: one at a time, and another command can have it pair anew."""

import fcntl
import os
import signal
from pathlib import Path
from typing import Final, TextIO

from satellite.errors import SetupError

PAIR: Final = signal.SIGUSR1
"""What holding the button is to a process."""


def claim(folder: Path) -> TextIO:
    """Be the toy of this folder for as long as the file is open. Raises SetupError."""
    path = folder / "running"
    try:
        file = path.open("a+")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SetupError(
            f"the toy of {folder} runs already: stop that, or give this one its own --state"
        ) from error
    except OSError as error:
        raise SetupError(f"{path}: can't write it: {error.strerror}") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def pair(folder: Path) -> None:
    """Have the toy of this folder forget its hub and say a new code. Raises SetupError."""
    try:
        with (folder / "running").open("a+") as file:
            os.kill(_holder(file, folder), PAIR)
    except PermissionError as error:
        raise SetupError(
            f"the toy of {folder} is another user's: run this as that user, or with sudo"
        ) from error
    except (FileNotFoundError, ProcessLookupError, ValueError) as error:
        raise _none(folder) from error


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
