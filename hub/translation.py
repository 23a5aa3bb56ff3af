"""Texts for people, in the language of who reads them: gettext's messages, looked up in a catalogue.

A message is its English text. Where it is made into a text at once, it is written `_("…")`, for `gettext as _`; where
it waits, in a table, in the database or until it is sent, `marked("…")`: whoever shows it has it translated. Without a
catalogue, as in commands, it is English.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, Final, Self

SOURCE_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Catalogue:
    language: str = SOURCE_LANGUAGE
    """As in HTML's `lang`, such as "de" or "pt-BR"."""
    translations: NullTranslations = field(default_factory=NullTranslations)


ENGLISH: Final = Catalogue()
_catalogue: ContextVar[Catalogue] = ContextVar("catalogue", default=ENGLISH)


class Catalogues:
    """English, and those that were read."""

    def __init__(self) -> None:
        self._by_language = {SOURCE_LANGUAGE: ENGLISH}

    def read(self, folder: Path) -> None:
        """Those in a folder, as gettext lays them: `de/LC_MESSAGES/pommai.mo`. From the disk: in a thread."""
        for file in sorted(folder.glob("*/LC_MESSAGES/pommai.mo")):
            language = file.parts[-3].replace("_", "-")
            with file.open("rb") as stream:
                catalogue = Catalogue(language, GNUTranslations(stream))
            self._by_language[language.lower()] = catalogue

    def find(self, language: str) -> Catalogue | None:
        """Of that language, in any case, or of it without its region."""
        language = language.lower()
        while language and language not in self._by_language:
            language = language.rpartition("-")[0]
        return self._by_language.get(language)

    def of(self, language: str) -> Catalogue:
        """English where there is none."""
        return self.find(language) or ENGLISH

    def names(self) -> dict[str, str]:
        """What each language is called in itself."""
        named = {
            each.language: each.translations.gettext(OWN_NAME)
            for each in self._by_language.values()
        }
        return {
            language: language if name == OWN_NAME else name for language, name in named.items()
        } | {SOURCE_LANGUAGE: "English"}


class Message(str):
    """A text in English that is in the catalogues: what shows it can tell it from words that somebody typed."""

    __slots__ = ("forms", "values")

    forms: tuple[str, ...]
    """As in the catalogues: one, or what is said of one thing and of many, by the value `num`."""
    values: Mapping[str, object]
    """What stands where it says `%(name)s`."""

    def __new__(
        cls, text: str, forms: tuple[str, ...] = (), values: Mapping[str, object] | None = None
    ) -> Self:
        message = super().__new__(cls, text)
        message.forms, message.values = forms or (text,), values or {}
        return message


def enter(catalogue: Catalogue) -> None:
    """For all that is made for the present request, or in the present task."""
    _catalogue.set(catalogue)


@contextmanager
def reading(catalogue: Catalogue) -> Iterator[None]:
    """For all that is made while within."""
    before = _catalogue.set(catalogue)
    try:
        yield
    finally:
        _catalogue.reset(before)


def language() -> str:
    """The language that texts are in now."""
    return _catalogue.get().language


def gettext(message: str, **values: object) -> str:
    """The text of `message`, with `values` where it says `%(name)s`; without values "%" stands for itself."""
    if isinstance(message, Message):
        return _text(message.forms, {**message.values, **values})
    return _text((message,), values)


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The text for that number of things, with `values` and, as `%(num)s`, the number."""
    return _text((one, many), {"num": number, **values})


def capital(text: str) -> str:
    """With its first letter in upper case, and the others as they are: German has capitals inside a sentence."""
    return text[:1].upper() + text[1:]


def grouped(number: int) -> str:
    """Such as "12,345", with what the language puts between thousands."""
    return f"{number:,}".replace(",", gettext(","))


def decimal(number: float, places: int) -> str:
    """Such as "3.14", with what the language puts before the places."""
    return f"{number:.{places}f}".replace(".", gettext("."))


def unfilled_ngettext(one: str, many: str, number: int) -> str:
    """The text for that number of things, before values stand in it: Jinja puts them in, and escapes them."""
    return _catalogue.get().translations.ngettext(one, many, number)


def marked(message: str, **values: object) -> str:
    """`message` for later: whoever shows it has it translated. Until then it is the English text, with `values`."""
    return Message(message % values if values else message, (message,), values)


def marked_number(one: str, many: str, number: int, **values: object) -> str:
    """The same of a number of things, as in `ngettext`."""
    values = {"num": number, **values}
    return Message((one if number == 1 else many) % values, (one, many), values)


OWN_NAME: Final = marked("What this language calls itself")


def joined(texts: Iterable[str], by: str = "\n") -> str:
    """Texts one after the other, of which some may be messages, as one."""
    values = {f"text{place}": text for place, text in enumerate(texts)}
    return marked(by.join(f"%({name})s" for name in values), **values)


def shown(value: object) -> object:
    """What a reader sees of `value`: a message in their language, anything else as it is."""
    return gettext(value) if isinstance(value, Message) else value


def kept(message: Message) -> Mapping[str, object]:
    """For a JSON column; `restored` makes the message of it again."""
    values = {
        name: kept(value) if isinstance(value, Message) else value
        for name, value in message.values.items()
    }
    return {"forms": [*message.forms], "values": values}


def restored(message: Mapping[str, Any]) -> str:
    """What `kept` was given."""
    values = {
        name: restored(value) if isinstance(value, dict) else value
        for name, value in message["values"].items()
    }
    one, *many = message["forms"]
    if many:
        return marked_number(one, many[0], int(values.pop("num")), **values)
    return marked(one, **values)


def _text(forms: tuple[str, ...], values: Mapping[str, object]) -> str:
    """What a catalogue gets wrong is in English: an alert must go out all the same."""
    translations = _catalogue.get().translations
    if not values:  # the message "" is a catalogue's own head
        return translations.gettext(forms[0]) if forms[0] else ""
    one, *many = forms
    english, text = one, translations.gettext(one)
    if many:
        number = int(str(values["num"]))
        english = one if number == 1 else many[0]
        text = translations.ngettext(one, many[0], number)
    filled = {name: shown(value) for name, value in values.items()}
    try:
        return text % filled
    except (KeyError, TypeError, ValueError):
        return english % filled
