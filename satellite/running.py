"""Which process is the toy of a state folder: one at a time, and another command can have it pair anew."""

import errno
import fcntl
import logging
import os
import signal
from pathlib import Path
from typing import Final, TextIO

from satellite.errors import SetupError

PAIR: Final = signal.SIGUSR1
"""What holding the button is to a process."""

_log = logging.getLogger(__name__)


def claim(folder: Path) -> TextIO:
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
