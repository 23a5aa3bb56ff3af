"""Collects every text of the pages, and updates each language's catalogue: `python -m docs.message_catalogue`.

Texts go into guardian_web/locale/pommai.pot, translations stand in `LANGUAGE/LC_MESSAGES/pommai.po` beside it, and what
the hub reads of them is `pommai.mo` there. It says how many messages each language still lacks; those are shown in
English.
"""

import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[1]
LOCALE: Final = ROOT / "guardian_web" / "locale"
FILE: Final = LOCALE / "pommai.pot"
FOLDERS: Final = ("guardian_web", "hub")


def rules(
    file: IO[bytes], *_keywords: object, **_options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """An extraction method of Babel's: what each rule of the guard says of itself, which parents read."""
    for rule in tomllib.load(file).get("rule", ()):
        yield 0, "marked", rule["comment"], []


def characters(
    file: IO[bytes], *_keywords: object, **_options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The same for what a parent reads of a ready character before choosing it."""
    character = tomllib.load(file)
    for told in ("kind", "manner", "likes"):
        yield 0, "marked", character[told], []


METHODS: Final[list[tuple[str, str | Callable[..., object]]]] = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("safety/data/*.toml", rules),
    ("knowledge/data/characters/*.toml", characters),
]
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
HEADER: Final = """\
# The texts of Pommai's pages.
# Nobody whose first language this is has read them yet."""
SOME_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""In each header, so that a file changes with its texts alone."""


def catalogue() -> Catalog:
    """Every message, with the files that it stands in."""
    found = Catalog(charset="utf-8", creation_date=SOME_TIME)
    for folder in FOLDERS:
        for file, _, message, _, context in extract_from_dir(
            ROOT / folder, METHODS, AS_THE_PAGES, KEYWORDS
        ):
            found.add(message, locations=[(f"{folder}/{file}", 0)], context=context)
    return found


def template() -> str:
    """The catalogue as a PO file, without line numbers and times."""
    return _written(catalogue(), omit_header=True)


def translations() -> dict[Path, Catalog]:
    """Each language's file, and today's messages with what it says of them; "" where it lacks one."""
    messages = catalogue()
    found = {}
    for file in sorted(LOCALE.glob("*/LC_MESSAGES/pommai.po")):
        with file.open("rb") as stream:
            found[file] = _updated(read_po(stream, locale=file.parts[-3]), messages)
    return found


def _updated(language: Catalog, messages: Catalog) -> Catalog:
    new = _empty(language)
    for message in messages:
        if message.id:
            known = language.get(message.id, message.context)
            string = known.string if known and is_whole(known) else None
            new.add(message.id, string, message.locations, message.flags, context=message.context)
    return new


def _empty(language: Catalog) -> Catalog:
    return Catalog(
        language.locale,
        header_comment=HEADER,
        project="Pommai",
        creation_date=SOME_TIME,
        revision_date=SOME_TIME,
        fuzzy=False,
    )


def is_whole(message: Message) -> bool:
    """Whether each form of it has a translation."""
    if isinstance(message.string, tuple | list):
        return all(message.string)
    return bool(message.string)


def lacking(language: Catalog) -> list[str]:
    return [str(message.id) for message in language if message.id and not is_whole(message)]


def translation(language: Catalog) -> str:
    """As a translator's PO file."""
    return _written(language, omit_header=False)


def compiled(language: Catalog) -> bytes:
    """As the hub reads it, without what it lacks: gettext would show that as nothing."""
    whole = _empty(language)
    for message in language:
        if message.id and is_whole(message):
            whole.add(message.id, message.string, context=message.context)
    out = BytesIO()
    write_mo(out, whole)
    return out.getvalue()


def _written(messages: Catalog, *, omit_header: bool) -> str:
    text = BytesIO()
    write_po(
        text, messages, width=100, omit_header=omit_header, sort_by_file=True, include_lineno=False
    )
    return text.getvalue().decode()


def main() -> None:
    LOCALE.mkdir(exist_ok=True)
    FILE.write_text(template(), encoding="utf-8")
    for file, language in translations().items():
        file.write_text(translation(language), encoding="utf-8")
        file.with_suffix(".mo").write_bytes(compiled(language))
        sys.stdout.write(
            f"{language.locale}: {len(lacking(language))} messages are not translated\n"
        )


if __name__ == "__main__":
    main()
