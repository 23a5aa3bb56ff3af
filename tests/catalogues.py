"""Catalogues as translators make them, and one with each message in brackets: what stands outside of them is none."""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from docs.message_catalogue import catalogue as all_messages
from tests.guardian.template_texts import LETTERS

LANGUAGE = "eo"
"""Esperanto has no brackets of its own."""
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")


def write_catalogue(folder: Path, language: str, **texts: str) -> None:
    """Of English texts, spaces as "_", and what each becomes."""
    catalogue = Catalog(locale=language)
    for message, text in texts.items():
        catalogue.add(message.replace("_", " "), text)
    _write(folder, language, catalogue)


def write_marking_catalogue(folder: Path) -> None:
    """In which each message is itself, in brackets."""
    marking = Catalog(locale=LANGUAGE)
    for message in all_messages():
        if isinstance(message.id, str) and message.id:
            marking.add(message.id, f"⟦{message.id}⟧")
        elif message.id:
            marking.add(tuple(message.id), tuple(f"⟦{one}⟧" for one in message.id))
    _write(folder, LANGUAGE, marking)


def _write(folder: Path, language: str, catalogue: Catalog) -> None:
    target = folder / language / "LC_MESSAGES" / "pommai.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)


def unmarked(text: str, names: re.Pattern[str]) -> list[str]:
    """Lines that have letters outside of messages; `names` are the same in each language."""
    text, before = names.sub("", text), ""
    while text != before:  # a message may stand in another
        text, before = MARKED.sub("", text), text
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if LETTERS.search(line)]
