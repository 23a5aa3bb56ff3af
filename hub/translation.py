"""Texts for people, in the language of who reads them: gettext's messages, looked up in the catalogue of the request.

A message is its English text. Where it is made into a text at once, it is written `_("…")`, for `gettext as _`; where
it waits in a table, `marked("…")`: a template translates it when it is shown. Without a catalogue, as in commands, it
is English.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from gettext import NullTranslations
from typing import Final

SOURCE_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Catalogue:
    language: str = SOURCE_LANGUAGE
    """As in HTML's `lang`, such as "de" or "pt-BR"."""
    translations: NullTranslations = field(default_factory=NullTranslations)


ENGLISH: Final = Catalogue()


class Message(str):
    """A text in English that is in the catalogues: what shows it can tell it from words that somebody typed."""

    __slots__ = ()


_catalogue: ContextVar[Catalogue] = ContextVar("catalogue", default=ENGLISH)


def enter(catalogue: Catalogue) -> None:
    """For all that is made for the present request."""
    _catalogue.set(catalogue)


def language() -> str:
    """The language that texts are in now."""
    return _catalogue.get().language


def gettext(message: str, **values: object) -> str:
    """The text of `message`, with `values` where it says `%(name)s`; without values "%" stands for itself."""
    # The message "" is a catalogue's own head.
    text = _catalogue.get().translations.gettext(message) if message else ""
    return text % _shown(values) if values else text


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The text for that number of things, with `values` and, as `%(num)s`, the number."""
    return unfilled_ngettext(one, many, number) % {"num": number, **_shown(values)}


def unfilled_ngettext(one: str, many: str, number: int) -> str:
    """The text for that number of things, before values stand in it: Jinja puts them in, and escapes them."""
    return _catalogue.get().translations.ngettext(one, many, number)


def marked(message: str) -> str:
    """`message` for a table: whoever shows it has it translated."""
    return Message(message)


def shown(value: object) -> object:
    """What a reader sees of `value`: a message in their language, anything else as it is."""
    return gettext(value) if isinstance(value, Message) else value


def _shown(values: Mapping[str, object]) -> Mapping[str, object]:
    return {name: shown(value) for name, value in values.items()}
