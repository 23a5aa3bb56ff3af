"""The Unix socket on which the hub of a data folder answers its owner's command line, and nobody else."""

import hashlib
import os
import socket
import stat
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hub.errors import DataError

SOCKET_NAME: Final = "control.sock"
MAX_SOCKET_PATH_BYTES: Final = 103
"""What every Unix allows for a socket's path, without the zero at its end."""

ROOT_UID: Final = 0
_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group, as SO_PEERCRED gives them (socket(7))."""


def socket_path(data: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the hub of this data folder answers.

    In the folder itself, unless that path is longer than a socket's may be: then under a short name in
    XDG_RUNTIME_DIR or the temporary folder, in a folder that is this user's alone. Raises DataError.
    """
    path = data.resolve() / SOCKET_NAME
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    shared = Path(environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    folder = shared / f"pommai-{os.geteuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid != os.geteuid():
        raise DataError(f"{folder}: must be a folder that is yours alone (mode 0700); remove it")
    return folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.sock"


def bind(path: Path) -> socket.socket:
    """A bound socket that only its owner may open, in place of what a killed hub left. Raises DataError."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        bound.close()
        raise DataError(f"{path}: can't make the control socket: {error.strerror}") from error
    return bound


def is_owner(fileno: int) -> bool:
    """Whether the process at the other end of that Unix socket runs as this hub's user, or as root.

    Systems without SO_PEERCRED have the socket's mode alone.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    connection = socket.socket(fileno=fileno)
    try:
        found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    finally:
        connection.detach()  # a copy would take one more descriptor, and there may be none
    _, uid, _ = _CREDENTIALS.unpack(found)
    return uid in (os.geteuid(), ROOT_UID)
