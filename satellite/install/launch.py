"""Starts the toy: as it was installed, or with what its hub sent since; and goes back where that doesn't come up.

The installer puts a copy of this where no update can change it. All that it knows are links and folders in
`software` of the toy's state folder, and each step is one rename, so that power may fail at any of them:

    <sha256>/   a wheel, unpacked
    current  →  the one that came up before; without it the toy runs as it was installed
    trial    →  one that is yet to come up: it gets MAX_STARTS starts of COME_UP_S each
    failed   →  the last one that did not

Software comes up by renaming `trial` to `current` once its hub talks to it; then it also ends the alarm.
"""

import base64
import hashlib
import os
import signal
import sys
from pathlib import Path
from typing import Final

MAX_STARTS: Final = 3
COME_UP_S: Final = 300
FOLDER: Final = "POMMAI_SATELLITE_SOFTWARE"
"""Tells the toy where all this is."""


def choose(software: Path) -> Path | None:
    """What to start now; None is what was installed. A trial costs it one of its starts."""
    trial = software / "trial"
    try:
        if trial.is_symlink():
            if _may_start(trial.resolve()):
                signal.alarm(COME_UP_S)  # from the kernel: it ends what hangs, too
                return trial.resolve()
            trial.rename(software / "failed")
            _sync(software)
            _say("the update did not come up: going back to the software of before")
    except OSError as error:
        _say(f"can't try the update: {error}")
    return standing(software)


def standing(software: Path) -> Path | None:
    """What came up before; None without it, or where the card has lost some of it since."""
    current = software / "current"
    try:
        if not current.is_symlink():
            return None
        if _whole(current.resolve()):
            return current.resolve()
        problem = "is damaged"
    except OSError as error:
        problem = f"can't be read: {error.strerror}"
    _say(f"what its hub sent {problem}: starting as it was installed")
    return None


def _whole(folder: Path) -> bool:
    """Each file is there, and just as the wheel's own list says: half a megabyte, read in a moment."""
    try:
        (record,) = folder.glob("pommai-*.dist-info/RECORD")
        rows = [line.rsplit(",", 2) for line in record.read_text().splitlines()]
        digests = {name: digest for name, digest, _ in rows if digest}
        sound = all(_digest(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError):
        return False
    return sound and "satellite/__main__.py" in digests


def _digest(file: Path) -> str:
    """As it stands in such a list."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _may_start(folder: Path) -> bool:
    """Counts this start, on the disk and before it happens."""
    if not _whole(folder):
        return False
    with (folder / "starts").open("ab") as starts:
        if starts.tell() >= MAX_STARTS:
            return False
        starts.write(b".")
        starts.flush()
        os.fsync(starts.fileno())
    _sync(folder)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _say(line: str) -> None:
    sys.stderr.write(f"pommai-satellite: {line}\n")


def main() -> int:
    chosen = None
    if state := os.environ.get("POMMAI_SATELLITE_STATE", ""):
        software = Path(state, "software")
        os.environ[FOLDER] = str(software)
        chosen = choose(software) if sys.argv[1:2] == ["run"] else standing(software)
    sys.path.pop(0)  # where this file is
    if chosen is not None:
        sys.path.insert(0, str(chosen))
        os.environ["PYTHONPATH"] = str(chosen)  # for the programs that it starts
    from satellite.__main__ import main as toy

    return toy()


if __name__ == "__main__":
    sys.exit(main())
