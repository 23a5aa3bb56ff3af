"""A language that puts each message in brackets, so that what stands outside of them is none."""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from docs.message_catalogue import catalogue
from tests.guardian.template_texts import LETTERS

LANGUAGE = "eo"
"""Esperanto has no brackets of its own."""
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")


def write_marking_catalogue(folder: Path) -> None:
    """In which each message is itself, in brackets."""
    marking = Catalog(locale=LANGUAGE)
    for message in catalogue():
        if isinstance(message.id, str) and message.id:
            marking.add(message.id, f"⟦{message.id}⟧")
        elif message.id:
            marking.add(tuple(message.id), tuple(f"⟦{one}⟧" for one in message.id))
    target = folder / LANGUAGE / "LC_MESSAGES" / "pommai.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, marking)


def unmarked(text: str, names: re.Pattern[str]) -> list[str]:
    """Lines that have letters outside of messages; `names` are the same in each language."""
    text, before = names.sub("", text), ""
    while text != before:  # a message may stand in another
        text, before = MARKED.sub("", text), text
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if LETTERS.search(line)]
