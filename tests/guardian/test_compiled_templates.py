"""Templates are compiled once, and kept for the next start in a folder that nobody else may touch."""

import os
import subprocess
import sys
from pathlib import Path


def test_templates_are_kept_for_the_next_start(tmp_path: Path) -> None:
    compiles = "from guardian_web import pages; pages.compile_templates()"
    subprocess.run(
        [sys.executable, "-c", compiles],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=True,
        timeout=60,
    )
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len([*folder.iterdir()]) > 50
