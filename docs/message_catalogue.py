"""Collects every text of the pages into guardian_web/locale/pommai.pot: `python -m docs.message_catalogue`."""

from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "guardian_web" / "locale" / "pommai.pot"
FOLDERS: Final = ("guardian_web", "hub")
METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "marked": None,
    "marked_number": (1, 2),
}
AS_THE_PAGES: Final = {
    "**/templates/**.html": {
        "trimmed": "true",
        "newstyle_gettext": "true",
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "silent": "false",
    }
}


def catalogue() -> Catalog:
    """Every message, with the files that it stands in."""
    found = Catalog(charset="utf-8")
    for folder in FOLDERS:
        for file, _, message, _, context in extract_from_dir(
            ROOT / folder, METHODS, AS_THE_PAGES, KEYWORDS
        ):
            found.add(message, locations=[(f"{folder}/{file}", 0)], context=context)
    return found


def template() -> str:
    """The catalogue as a PO file. It holds no line numbers and no time, so that it changes with the texts alone."""
    text = BytesIO()
    write_po(
        text, catalogue(), width=100, omit_header=True, sort_by_file=True, include_lineno=False
    )
    return text.getvalue().decode()


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(template(), encoding="utf-8")
