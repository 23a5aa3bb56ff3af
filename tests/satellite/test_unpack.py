"""What the toy's hub sends as software and is none: each is one line, and leaves nothing behind."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from satellite.update.unpack import UnfitError, install

VERSION = "9.0.0"


def wheel(needs: str = "Requires-Python: >=3.11") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("satellite/__main__.py", "print('a toy')\n" * 200)
        about = f"Metadata-Version: 2.1\nName: pommai\nVersion: {VERSION}\n{needs}\n"
        files.writestr(f"pommai-{VERSION}.dist-info/METADATA", about)
    return packed.getvalue()


def changed(at: int, value: int) -> bytes:
    """With one byte of each of the two headers of its first file changed; `at` is a place in the local one."""
    content = bytearray(wheel())
    for header, start in ((b"PK\x03\x04", at), (b"PK\x01\x02", at + 2)):
        content[content.index(header) + start] = value
    return bytes(content)


def damaged() -> bytes:
    content = bytearray(wheel())
    start = 30 + len("satellite/__main__.py")
    content[start : start + 8] = b"\xff" * 8
    return bytes(content)


UNFIT = {
    "no wheel at all": (b"nothing" * 100, "not a wheel"),
    "damaged within a file": (damaged(), "not a wheel"),
    "encrypted": (changed(6, 1), "not a wheel"),
    "packed in an unknown way": (changed(8, 77), "not a wheel"),
    "needs no Python that there is": (wheel("Requires-Python: >=nonsense"), "says oddly"),
    "needs what is no package": (wheel("Requires-Dist: ((("), "says oddly"),
}


@pytest.mark.parametrize(("content", "said"), UNFIT.values(), ids=UNFIT)
def test_what_is_no_software_is_one_line_and_leaves_nothing(
    tmp_path: Path, content: bytes, said: str
) -> None:
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / f"{sha256}.part").write_bytes(content)
    with pytest.raises(UnfitError, match=said) as refused:
        install(tmp_path, sha256, VERSION)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_what_is_software_is_on_trial(tmp_path: Path) -> None:
    content = wheel()
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / f"{sha256}.part").write_bytes(content)
    install(tmp_path, sha256, VERSION)
    assert (tmp_path / "trial" / "satellite/__main__.py").is_file()
