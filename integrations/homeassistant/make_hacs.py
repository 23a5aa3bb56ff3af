"""Write the integration in the shape that HACS installs from: a repository's tree, and a zip of the component.

    python integrations/homeassistant/make_hacs.py --into FOLDER

The same sources give the same bytes, wherever and whenever it runs.
"""

import argparse
import json
import shutil
import zipfile
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
COMPONENT: Final = Path("custom_components/pommai")
BLUEPRINTS: Final = Path("blueprints/automation/pommai")
ZIP: Final = "pommai.zip"
LEFT_OUT: Final = ("__pycache__", "*.pyc")
NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
FILE_MODE: Final = 0o100644 << 16

HACS: Final = {
    "name": "Pommai",
    "homeassistant": "2024.3.0",
    "render_readme": True,
    "zip_release": True,
    "filename": ZIP,
}


def make(into: Path) -> None:
    """`into` must not be there, or be empty."""
    into.mkdir(parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise SystemExit(f"{into}: is not empty; name a new folder")
    for part in (COMPONENT, BLUEPRINTS):
        shutil.copytree(HERE / part, into / part, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.copy(HERE / "README.md", into)
    shutil.copy(HERE.parents[1] / "LICENSE", into)
    (into / "hacs.json").write_text(json.dumps(HACS, indent=2) + "\n", "utf-8")
    pack(into / COMPONENT, into / ZIP)


def pack(folder: Path, target: Path) -> None:
    """A zip of what is in `folder`, by name, with neither times nor this machine's modes."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(file.relative_to(folder).as_posix(), NO_TIME)
            member.create_system = 3  # Unix, whatever this is
            member.external_attr = FILE_MODE
            # Stored, as the bytes of a compressed one depend on the version of zlib.
            archive.writestr(member, file.read_bytes(), zipfile.ZIP_STORED)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", required=True, type=Path, help="a folder that is new or empty")
    make(parser.parse_args().into)


if __name__ == "__main__":
    main()
