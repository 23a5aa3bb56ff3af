"""Templates are compiled once, and kept for the next start in a folder that nobody else may touch."""

import tempfile
from pathlib import Path

import pytest

from guardian_web import pages


def test_templates_are_kept_for_the_next_start_and_not_where_there_is_no_safe_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages._templates, "cache", {})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pages.compile_templates()
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len([*folder.iterdir()]) == len(pages._templates.list_templates())

    monkeypatch.setattr(pages._templates, "cache", {})
    monkeypatch.setattr(pages._templates, "bytecode_cache", None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    pages.compile_templates()
    assert len(pages._templates.cache) == len(pages._templates.list_templates())
