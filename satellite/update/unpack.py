"""Checks the software that a hub has sent and puts it on trial for the next start, as a program that ends at once.

    python -m satellite.update.unpack FOLDER SHA256 VERSION

What is wrong with it stands in one line on its output, and then it ends with 1; all is as it was.
"""

import hashlib
import io
import os
import shutil
import sys
import zipfile
import zlib
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from satellite.files import sync
from satellite.update.software import Software
from satellite.wire.update import MAX_UPDATE_BYTES

MAX_FILES: Final = 1_000
MAX_UNPACKED_BYTES: Final = 16_000_000
_EXTRA: Final = {"extra": "satellite"}
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,  # damaged within a file
    EOFError,
    RuntimeError,  # locked, or packed in a way that zipfile doesn't know
)
"""What zipfile raises of a file that is none, or that it can't read."""


class UnfitError(Exception):
    """One line for a parent."""


def install(folder: Path, sha256: str, version: str) -> None:
    """Raises UnfitError and OSError."""
    part, fresh = folder / f"{sha256}.part", folder / f"{sha256}.new"
    with part.open("rb") as file:
        packed = file.read(MAX_UPDATE_BYTES + 1)
    if hashlib.sha256(packed).hexdigest() != sha256:
        part.unlink()
        raise UnfitError(
            "what came is not what its hash says: it was damaged on its way; try again"
        )
    _clear(folder, sha256)
    try:
        _unpack(packed, fresh)
        _check(fresh, version)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        part.unlink()
        raise
    os.sync()  # all of it is on the card before anything points to it
    fresh.rename(folder / sha256)
    _point(folder, "trial", sha256)
    part.unlink()


def _clear(folder: Path, sha256: str) -> None:
    """Keeps only what came up last. Where that is what comes now it was damaged, as it doesn't run."""
    software = Software(folder, "")
    (folder / "trial").unlink(missing_ok=True)
    if software.current.name == sha256:
        (folder / "current").unlink()
    sync(folder)
    standing = software.current
    for other in folder.iterdir():
        if other.is_dir() and not other.is_symlink() and other != standing:
            shutil.rmtree(other)


def _unpack(packed: bytes, into: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as wheel:
            files = wheel.infolist()
            if len(files) > MAX_FILES or sum(f.file_size for f in files) > MAX_UNPACKED_BYTES:
                raise UnfitError("what came is too large to be a toy's software")
            if odd := [f.filename for f in files if not _belongs(f.filename)]:
                raise UnfitError(f"what came is not a toy's software: {odd[0]}")
            wheel.extractall(into)  # which lets no name out of `into`
    except _UNREADABLE as error:
        raise UnfitError(f"what came is not a wheel: {error}") from error


def _belongs(name: str) -> bool:
    top, _, rest = name.partition("/")
    return (
        bool(rest)
        and ".." not in rest.split("/")
        and (top == "satellite" or (top.startswith("pommai-") and top.endswith(".dist-info")))
    )


def _check(unpacked: Path, version: str) -> None:
    """What it needs is here. Raises UnfitError."""
    try:
        _check_needs(unpacked, version)
    except ValueError as error:  # which packaging's errors of a version or a need are
        raise UnfitError(
            f"what came says oddly what it needs: {str(error).splitlines()[0]}"
        ) from error


def _check_needs(unpacked: Path, version: str) -> None:
    about = metadata.PathDistribution(unpacked / f"pommai-{version}.dist-info")
    if about.metadata["Version"] != version or not (unpacked / "satellite/__main__.py").is_file():
        raise UnfitError(f"what came is not version {version} of a toy's software")
    here = ".".join(map(str, sys.version_info[:3]))
    if here not in SpecifierSet(about.metadata["Requires-Python"] or ""):
        raise UnfitError(_by_hand(f"Python {about.metadata['Requires-Python']}"))
    for text in about.requires or []:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate(_EXTRA):
            _check_package(needed)


def _check_package(needed: Requirement) -> None:
    wanted = f"{needed.name} {needed.specifier}".strip()
    try:
        installed = metadata.version(needed.name)
    except metadata.PackageNotFoundError as error:
        raise UnfitError(_by_hand(wanted)) from error
    if not needed.specifier.contains(installed, prereleases=True):
        raise UnfitError(_by_hand(wanted))


def _by_hand(needed: str) -> str:
    return f"it needs {needed}, which the toy does not have: run the installer on the toy again"


def _point(folder: Path, link: str, target: str) -> None:
    """The one step from which it is tried at the next start."""
    new = folder / f"{link}.new"
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    sync(folder)
    new.rename(folder / link)
    sync(folder)


def main() -> int:
    os.nice(10)  # the toy may be talking
    folder, sha256, version = sys.argv[1:]
    try:
        install(Path(folder), sha256, version)
    except UnfitError as error:
        sys.stdout.write(str(error))
        return 1
    except OSError as error:
        sys.stdout.write(f"the toy can't keep it: {error.strerror}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
