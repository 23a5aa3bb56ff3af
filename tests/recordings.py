"""Where tests find speech: ours in `tests/data`, others' in `../shared`, which is never committed."""

from pathlib import Path

import pytest

OURS = Path(__file__).parent / "data" / "audio"
SHARED = Path(__file__).parents[2] / "shared" / "audio"


def ours(name: str) -> Path:
    return OURS / name


def others(name: str) -> Path:
    """A person's recording; skips the test where it is not at hand."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name}, a person's recording, is not in ../shared/audio")
    return path
