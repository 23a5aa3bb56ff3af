"""A release, made of a clone of this tree: what is in it, and that its Debian package installs what it carries."""

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.programs import needs

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def call(*command: str | Path, at: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)],
        cwd=at,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files of this tree, committed, with this Python as its own."""
    into = tmp_path / "pommai"
    into.mkdir()
    listed = call("git", "ls-files", "-co", "--exclude-standard", at=ROOT).stdout.splitlines()
    present = "\n".join(name for name in listed if (ROOT / name).exists())
    for command in (
        f"tar -C {ROOT} -c -T - | tar -x",
        "git init -q && git add -A && git -c user.name=a -c user.email=a@b.invalid commit -qm all",
        "git config user.name a && git config user.email a@b.invalid",
        f"mkdir -p .venv/bin && printf '#!/bin/sh\\nexec {sys.executable} \"$@\"\\n' >.venv/bin/python",
        "chmod +x .venv/bin/python",
    ):
        subprocess.run(["sh", "-c", command], cwd=into, input=present, text=True, check=True)
    return into


@needs("dpkg-deb", package="dpkg")
@needs("git")
def test_a_release_is_the_wheel_the_package_the_component_notes_and_sums(
    clone: Path, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"  # in place of 250 MB from the registry
    wheels.mkdir()
    (wheels / "another-1.0-py3-none-any.whl").write_bytes(b"another")
    made = call("sh", "deploy/release.sh", at=clone, WHEELS=str(wheels))
    assert made.returncode == 0, made.stderr
    dist = clone / "dist"
    sums = dict(line.split()[::-1] for line in (dist / "SHA256SUMS").read_text().splitlines())
    kind = call("dpkg", "--print-architecture", at=clone).stdout.strip()
    package = dist / f"pommai-hub_{VERSION}_{kind}.deb"
    assert sums == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in dist.iterdir()
        if file.name != "SHA256SUMS"
    }
    assert sums.keys() == {
        f"pommai-{VERSION}-py3-none-any.whl",
        package.name,
        f"pommai-home-assistant-{VERSION}.zip",
        f"pommai-home-assistant-add-on-{VERSION}.zip",
        "NOTES.md",
    }
    with zipfile.ZipFile(dist / f"pommai-home-assistant-add-on-{VERSION}.zip") as addon:
        names = set(addon.namelist())
    assert "repository.yaml" in names
    for name in (f"pommai-{VERSION}-py3-none-any.whl", "run.txt", "icon.png", "config.yaml"):
        assert f"pommai/{name}" in names
    assert (dist / "NOTES.md").read_text().startswith(f"# Pommai {VERSION}\n")
    assert call("git", "describe", "--exact-match", at=clone).stdout.strip() == f"v{VERSION}"

    inside, control = tmp_path / "inside", tmp_path / "control"
    call("dpkg-deb", "-x", package, inside, at=clone)
    call("dpkg-deb", "-e", package, control, at=clone)
    for name in ("postinst", "prerm", "postrm"):
        assert call("shellcheck", control / name, at=clone).returncode == 0
    share = inside / "usr/share/pommai-hub"
    install = call(
        "sh",
        share / "hub/install/install.sh",
        "--dry-run",
        "--wheels",
        share / "wheels",
        at=tmp_path,
        DESTDIR=str(tmp_path / "machine"),
    )
    assert install.returncode == 0, install.stderr
    assert f"--no-deps {share}/wheels/pommai-{VERSION}-py3-none-any.whl" in install.stdout
    assert "--no-index --find-links" in install.stdout

    (clone / "README.md").write_text("changed")
    refused = call("sh", "deploy/release.sh", at=clone)
    assert refused.stderr == "release.sh: commit first: a release is made of what is committed\n"
    call("git", "commit", "-qam", "more", at=clone)
    refused = call("sh", "deploy/release.sh", at=clone)
    assert f"v{VERSION} is another commit" in refused.stderr


@needs("shellcheck")
@pytest.mark.parametrize("name", ["release.sh", "debian.sh"])
def test_the_scripts_are_clean(name: str) -> None:
    subprocess.run(["shellcheck", str(ROOT / "deploy" / name)], check=True)
