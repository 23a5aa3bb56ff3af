"""Programs beside Python that a test needs: `tests/install-tools.sh` brings them."""

import os
import shutil
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> NoReturn:
    """Skips the test, `what` says why and how to install it. In CI, where a skip would hide the test, it fails."""
    if IN_CI:
        pytest.fail(f"{what} (in CI no test is left out)")
    pytest.skip(what)


def needs(*programs: str, package: str = "") -> pytest.MarkDecorator:
    """Marks a test that calls `programs`, of Debian's `package` (of the program's own name unless given)."""
    return pytest.mark.needs(*programs, package=package)


def are_here(item: pytest.Item) -> None:
    """What `needs` named for this test; where one is `missing`, it doesn't begin."""
    for mark in item.iter_markers("needs"):
        absent = [program for program in mark.args if shutil.which(program) is None]
        if absent:
            packages = mark.kwargs["package"] or " ".join(absent)
            missing(f"{' and '.join(absent)} missing: sudo apt install {packages}")
