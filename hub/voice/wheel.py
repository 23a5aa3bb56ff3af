"""The toy's software as this hub has it itself, as a wheel: the same files make the same bytes and hash."""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from hub.errors import DataError
from satellite import wire

_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""What a zip can say; when a file was installed says nothing."""
_FOR_TOYS: Final = re.compile(r"""extra\s*==\s*['"](?!satellite['"])""")
"""In what a package needs for something else than a toy."""


@dataclass(frozen=True)
class Wheel:
    version: str
    sha256: str
    data: bytes = field(repr=False)


def own_wheel() -> Wheel:
    """Reads and packs some hundred small files; blocks. Raises DataError."""
    package = Path(wire.__file__).parent
    try:
        pommai = distribution("pommai")
        files = dict(_program(package)) | _about(pommai)
    except (OSError, PackageNotFoundError) as error:
        raise DataError(
            f"{package}: can't read the toy's software: {error}; install Pommai again"
        ) from error
    data = _zipped(files, f"pommai-{pommai.version}.dist-info/RECORD")
    return Wheel(pommai.version, hashlib.sha256(data).hexdigest(), data)


def _program(package: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(package.parent).as_posix(), path.read_bytes()


def _about(pommai: Distribution) -> dict[str, bytes]:
    """As little as an installer asks for, whatever made the hub's own."""
    told = pommai.metadata
    lines = [
        "Metadata-Version: 2.1",
        "Name: pommai",
        f"Version: {pommai.version}",
        f"Requires-Python: {told['Requires-Python']}",
        "Provides-Extra: satellite",
        *(f"Requires-Dist: {text}" for text in pommai.requires or () if not _FOR_TOYS.search(text)),
    ]
    folder = f"pommai-{pommai.version}.dist-info"
    return {
        f"{folder}/METADATA": _text(lines),
        f"{folder}/WHEEL": _text(
            [
                "Wheel-Version: 1.0",
                "Generator: pommai",
                "Root-Is-Purelib: true",
                "Tag: py3-none-any",
            ]
        ),
        f"{folder}/entry_points.txt": _text(
            ["[console_scripts]", "pommai-satellite = satellite.__main__:main"]
        ),
    }


def _zipped(files: dict[str, bytes], record: str) -> bytes:
    """Not compressed, as every zlib does that in its own way."""
    rows = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as wheel:
        for name, content in (files | {record: _text([*rows, f"{record},,"])}).items():
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            wheel.writestr(entry, content)
    return packed.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _text(lines: list[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()
