"""Messages that wait until somebody reads them, in whatever language that is."""

import json
from pathlib import Path

import pytest

from hub.errors import NotFoundError
from hub.events import Bus
from hub.storage.store import Store
from hub.translation import (
    Catalogues,
    Message,
    gettext,
    joined,
    kept,
    marked,
    marked_number,
    reading,
    restored,
)
from tests.catalogues import write_catalogue
from tests.clock import FakeClock
from tests.new_household import open_household


def german(folder: Path, **texts: str) -> Catalogues:
    write_catalogue(folder, "de", **texts)
    catalogues = Catalogues()
    catalogues.read(folder)
    return catalogues


def test_a_message_survives_the_database_with_its_names_and_numbers(tmp_path: Path) -> None:
    days = marked_number("%(num)s day for %(toy)s", "%(num)s days for %(toy)s", 2, toy="100 % Bear")
    text = joined([marked("Saved: %(what)s", what=days), "as typed"])
    assert text == "Saved: 2 days for 100 % Bear\nas typed"
    assert isinstance(text, Message)
    again = restored(json.loads(json.dumps(kept(text))))
    assert again == text
    catalogues = german(tmp_path, **{"Saved:_%(what)s": "%(what)s gesichert"})
    with reading(catalogues.of("de")):
        assert gettext(again) == "2 days for 100 % Bear gesichert\nas typed"
    assert gettext(again) == text


def test_what_a_translator_got_wrong_is_in_english(tmp_path: Path) -> None:
    catalogues = german(tmp_path, **{"Kind:_%(about)s": "Art: %(kind)s"})
    with reading(catalogues.of("de-AT")):
        assert gettext(marked("Kind: %(about)s", about="violence")) == "Kind: violence"


async def test_what_the_database_refuses_is_said_in_the_language_of_who_asks(
    tmp_path: Path,
) -> None:
    words = {"there_is_no_such_document:_it_was_removed_meanwhile": "es ist nicht mehr da"}
    catalogues, clock = german(tmp_path / "locale", **words), FakeClock()
    database = await open_household(tmp_path / "data", clock)
    store = Store(database, Bus(), clock)
    with reading(catalogues.of("de")), pytest.raises(NotFoundError, match="nicht mehr da"):
        await store.documents.share("gone", cloud=True)
    await database.aclose()
