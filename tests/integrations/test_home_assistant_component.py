"""The integration for Home Assistant stands on its own, and is packed the same way every time.

Its own tests want Home Assistant, and are in tests/homeassistant_component.
"""

import ast
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = ROOT / "integrations" / "homeassistant"
COMPONENT = HERE / "custom_components" / "pommai"
OURS = {"hub", "satellite", "guardian_web", "integrations", "tests", "bench"}


def make(into: Path, *, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "make_hacs.py"), "--into", str(into)]
    return subprocess.run(command, capture_output=True, text=True, umask=umask, check=False)


@pytest.mark.parametrize("source", sorted(COMPONENT.rglob("*.py")), ids=lambda path: path.stem)
def test_it_imports_nothing_of_the_hub_or_the_satellite(source: Path) -> None:
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not OURS & {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert (node.module or "").split(".")[0] not in OURS


def test_the_packed_tree_is_what_hacs_installs_from(tmp_path: Path) -> None:
    into = tmp_path / "hacs"
    done = make(into)
    assert done.returncode == 0, done.stderr
    described = json.loads((into / "hacs.json").read_text())
    assert (described["name"], described["filename"]) == ("Pommai", "pommai.zip")
    assert {path.name for path in into.iterdir()} == {
        "LICENSE",
        "README.md",
        "blueprints",
        "custom_components",
        "hacs.json",
        "pommai.zip",
    }
    assert len(list((into / "blueprints/automation/pommai").glob("*.yaml"))) == 2
    component = into / "custom_components/pommai"
    with zipfile.ZipFile(into / "pommai.zip") as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert packed == {
        path.relative_to(component).as_posix(): path.read_bytes()
        for path in component.rglob("*")
        if path.is_file()
    }
    assert {"manifest.json", "translations/en.json", "brand/icon.png"} <= packed.keys()
    assert not [name for name in packed if "__pycache__" in name]


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path / "one")
    os.utime(COMPONENT / "manifest.json")
    make(tmp_path / "two", umask=0o077)
    assert (tmp_path / "one/pommai.zip").read_bytes() == (tmp_path / "two/pommai.zip").read_bytes()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    done = make(tmp_path)
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_versions_agree() -> None:
    manifest = json.loads((COMPONENT / "manifest.json").read_text())
    assert f'version = "{manifest["version"]}"' in (ROOT / "pyproject.toml").read_text()
