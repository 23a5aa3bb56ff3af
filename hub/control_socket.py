"""Where the hub of a data folder answers the command line: the path of its control socket."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hub.errors import DataError

SOCKET_NAME = "control.sock"
SOCKET_PATH_BYTES = 103
"""What every Unix allows for a socket's path, without the zero at its end."""


def socket_path(data: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the hub of this data folder answers.

    In the folder itself, unless that path is longer than a socket's may be: then under a short name in
    XDG_RUNTIME_DIR or the temporary folder, in a folder that is this user's alone. Raises DataError.
    """
    path = data.resolve() / SOCKET_NAME
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    shared = Path(environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    folder = shared / f"pommai-{os.geteuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid != os.geteuid():
        raise DataError(f"{folder}: must be a folder that is yours alone (mode 0700); remove it")
    return folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock"
