"""The Dockerfile is held to what can be checked without a container engine."""

import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hub.__main__ import parse

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
LINES = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def test_hadolint_has_nothing_to_say() -> None:
    lint = subprocess.run(
        [BIN / "hadolint", "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert lint.stdout + lint.stderr == ""
    assert lint.returncode == 0


def test_it_runs_as_a_numbered_user_other_than_root() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert any("--owner=10001" in run and "/data" in run for run in instructions("RUN"))


def test_base_images_are_pinned_and_tied_to_no_processor() -> None:
    images = {line.split()[0] for line in instructions("FROM")}
    assert len(images) == 1
    tag = images.pop().partition(":")[2]
    assert tag.count(".") == 2, "the tag names a patch release"
    text = "\n".join(LINES)
    assert "--platform" not in text
    assert "x86_64" not in text


def test_everything_that_it_copies_is_there_and_not_ignored() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    for line in instructions("COPY"):
        if "--from" in line:
            continue
        *sources, _ = shlex.split(line)
        for source in sources:
            assert (ROOT / source).exists()
            assert source in allowed


def test_its_command_is_one_of_ours() -> None:
    assert parse(["run", "--host", "0.0.0.0"]).command == "run"
    assert instructions("CMD") == ['["run"]']


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the image installs, by `pip install .`."""
    out = tmp_path_factory.mktemp("wheel")
    build = f"{BIN}/uv build --wheel --no-build-isolation --offline --python {sys.executable}"
    subprocess.run(
        [*build.split(), "--out-dir", out, ROOT],
        capture_output=True,
        timeout=100,
        check=True,
    )
    return set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())


def test_the_installed_package_carries_every_file_of_the_source(wheel: set[str]) -> None:
    for package in ("hub", "satellite", "guardian_web", "integrations"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(ROOT)) in wheel
