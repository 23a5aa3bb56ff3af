"""What is taken out of files: their words, and of what is damaged, locked or a trap a clear reason why not."""

import io
import zipfile
from itertools import pairwise

import pytest

from hub.domain.clock import SystemClock
from hub.domain.family.documents import DocumentFormat
from hub.errors import DataError
from hub.knowledge.documents.passages import (
    MAX_SENTENCE_CHARS,
    PASSAGE_CHARS,
    passages,
    sentences,
)
from hub.knowledge.documents.reading import format_of, read
from tests.knowledge.documents.files import epub, pdf


async def text_of(raw: bytes, kind: DocumentFormat) -> str:
    return await read(raw, kind, SystemClock())


@pytest.mark.parametrize(
    "raw",
    [
        "Zoë’s bear\r\nsleeps.\r\n\r\n\r\nGood night.".encode(),
        "\ufeffZoë’s bear\nsleeps.\n \nGood night.\n".encode(),
        "Zoë’s bear sleeps.\n\nGood night.".encode("cp1252"),
        "Zoë’s bear sleeps.\n\nGood night.".encode("utf-16"),
    ],
)
async def test_text_is_read_in_whatever_form_it_was_saved(raw: bytes) -> None:
    assert await text_of(raw, DocumentFormat.TEXT) == "Zoë’s bear sleeps.\n\nGood night."


async def test_markdown_loses_its_marks_and_keeps_its_words() -> None:
    raw = b"# Our boat\n\n* It is *very* **red**.\n\nSee [the lake](https://example.org/x).\n\n```\n2 * 3\n```"
    assert await text_of(raw, DocumentFormat.MARKDOWN) == (
        "Our boat\n\nIt is very red.\n\nSee the lake.\n\n2 * 3"
    )


async def test_of_a_page_is_read_what_it_is_about() -> None:
    raw = (
        b"<html><head><title>T</title><style>p {}</style></head><body><nav>Home | Shop</nav>"
        b"<article><h1>Foxes</h1><p>A fox &amp; her <b>cubs</b> live<br>in a den.</p>"
        b"<script>alert('no')</script></article><footer>Cookies</footer></body></html>"
    )
    assert await text_of(raw, DocumentFormat.HTML) == "Foxes\n\nA fox & her cubs live\n\nin a den."


async def test_a_book_is_read_in_the_order_of_its_chapters() -> None:
    raw = epub("<h1>One</h1><p>The bear woke.</p>", "<h1>Two</h1><p>It ate honey.</p>")
    assert await text_of(raw, DocumentFormat.EPUB) == (
        "One\n\nThe bear woke.\n\nTwo\n\nIt ate honey."
    )


async def test_a_pdf_is_read_page_after_page() -> None:
    raw = pdf(["Grandma grew up by the sea.", "She had a boat."])
    assert (
        await text_of(raw, DocumentFormat.PDF) == "Grandma grew up by the sea.\n\nShe had a boat."
    )


def bomb() -> bytes:
    """A book of some kilobytes that unpacks to forty megabytes."""
    return epub("<p>" + "a " * 20_000_000 + "</p>")


def contained(container: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("META-INF/container.xml", container)
    return file.getvalue()


def damaged_chapter() -> bytes:
    """One with a few bytes of its packed words changed."""
    raw = bytearray(epub("<p>" + "".join(f"bear {n} woke, " for n in range(500)) + "</p>"))
    middle = raw.rindex(b"PK\x03\x04") + 400
    raw[middle : middle + 8] = b"\xff" * 8
    return bytes(raw)


@pytest.mark.parametrize(
    ("raw", "kind", "why"),
    [
        (b"no PDF at all", DocumentFormat.PDF, "damaged, or no PDF"),
        (pdf(["words"])[:300], DocumentFormat.PDF, "damaged, or no PDF"),
        (pdf([""]), DocumentFormat.PDF, "only pictures"),
        (b"no EPUB at all", DocumentFormat.EPUB, "damaged, or no EPUB"),
        (contained("<container></container>"), DocumentFormat.EPUB, "damaged, or no EPUB"),
        (
            contained("<?xml version='1.0' encoding='?'?><a/>"),
            DocumentFormat.EPUB,
            "damaged, or no",
        ),
        (
            contained("<?xml version='1.0' encoding='hex'?><a/>"),
            DocumentFormat.EPUB,
            "damaged, or no",
        ),
        (damaged_chapter(), DocumentFormat.EPUB, "damaged, or no EPUB"),
        (bomb(), DocumentFormat.EPUB, "it may be a trap"),
        (b" \n\n ", DocumentFormat.TEXT, "no text in it"),
        (b"<script>only</script>", DocumentFormat.HTML, "no text in it"),
        (b"many words " * 200_000, DocumentFormat.TEXT, "at most 2000000 fit"),
    ],
)
async def test_what_cannot_be_read_says_why(raw: bytes, kind: DocumentFormat, why: str) -> None:
    with pytest.raises(DataError, match=why):
        await text_of(raw, kind)


def test_a_file_is_known_by_its_ending() -> None:
    assert format_of("Our Holidays.PDF") is DocumentFormat.PDF
    with pytest.raises(DataError, match=r"end with \.exe can't be read; those can: \.txt"):
        format_of("setup.exe")


def test_passages_end_with_sentences_and_begin_with_the_end_of_the_one_before() -> None:
    said = [f"This is sentence number {number} of a long story." for number in range(200)]
    cut = passages(" ".join(said))
    assert all(len(each) <= PASSAGE_CHARS * 1.1 for each in cut)
    assert all(each.endswith(".") for each in cut)
    for one, next_one in pairwise(cut):
        assert next(sentences(next_one)) in one
    assert set(said) == {each for passage in cut for each in sentences(passage)}


def test_what_has_no_sentences_is_cut_between_words() -> None:
    found = list(sentences("word " * 1000))
    assert all(len(each) <= MAX_SENTENCE_CHARS for each in found)
    assert " ".join(found).split() == ["word"] * 1000
