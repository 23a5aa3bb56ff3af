"""Software of a few lines, as a hub would send it, unpacked by the toy's own means."""

import base64
import hashlib
import io
import zipfile
from pathlib import Path

from satellite.update import unpack
from satellite.update.software import Software
from satellite.wire.phrases import sha256_of

MAIN = "def main():\n    print('this is {}')\n    return 0\n"


def wheel(version: str) -> bytes:
    """A small one, that says its version and ends; the same bytes each time."""
    packed = io.BytesIO()
    about = f"pommai-{version}.dist-info"
    files = {
        "satellite/__init__.py": "",
        "satellite/__main__.py": MAIN.format(version),
        f"{about}/METADATA": f"Metadata-Version: 2.1\nVersion: {version}\n",
    }
    rows = [f"{name},{_digest(content)},{len(content)}\n" for name, content in files.items()]
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.writestr(
            zipfile.ZipInfo(f"{about}/RECORD"), "".join([*rows, f"{about}/RECORD,,\n"])
        )
    return packed.getvalue()


def _digest(content: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def on_trial(software: Path, version: str) -> Path:
    """It came whole, and was unpacked."""
    packed = wheel(version)
    sha256 = sha256_of(packed)
    (software / f"{sha256}.part").write_bytes(packed)
    unpack.install(software, sha256, version)
    return software / sha256


def came_up(software: Path, version: str) -> Path:
    folder = on_trial(software, version)
    Software(software, folder.name).came_up()
    return folder
