"""Reads a document's text in a process of its own, which is bounded in memory, time and what it may answer."""

import asyncio
import json
import re
import sys
import unicodedata
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hub.domain.clock import Clock
from hub.domain.family.documents import MAX_DOCUMENT_CHARS, DocumentFormat
from hub.egress.web_page import WebPage
from hub.errors import DataError
from hub.translation import gettext as _

READ_S: Final = 120.0
"""For one file; a book of a thousand pages takes half a minute on a slow machine."""
MAX_ANSWER_BYTES: Final = 12 * MAX_DOCUMENT_CHARS
"""A character takes twelve bytes at most in JSON."""
ENDINGS: Final[Mapping[str, DocumentFormat]] = MappingProxyType(
    {
        ".txt": DocumentFormat.TEXT,
        ".text": DocumentFormat.TEXT,
        ".md": DocumentFormat.MARKDOWN,
        ".markdown": DocumentFormat.MARKDOWN,
        ".html": DocumentFormat.HTML,
        ".htm": DocumentFormat.HTML,
        ".xhtml": DocumentFormat.HTML,
        ".epub": DocumentFormat.EPUB,
        ".pdf": DocumentFormat.PDF,
    }
)
TYPES: Final[Mapping[str, DocumentFormat]] = MappingProxyType(
    {
        "text/plain": DocumentFormat.TEXT,
        "text/markdown": DocumentFormat.MARKDOWN,
        "text/html": DocumentFormat.HTML,
        "application/xhtml+xml": DocumentFormat.HTML,
        "application/epub+zip": DocumentFormat.EPUB,
        "application/pdf": DocumentFormat.PDF,
    }
)
_WORKER: Final = Path(__file__).with_name("worker.py")


def format_of(name: str) -> DocumentFormat:
    """By the ending of a file's name. Raises DataError."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise DataError(
            _(
                "files that end with %(ending)s can't be read; those can: %(known)s",
                ending=ending or _("nothing"),
                known=known,
            )
        )
    return ENDINGS[ending]


async def read_page(page: WebPage, clock: Clock) -> str:
    """Like `read`, by what the page's server says that it is."""
    if page.content_type not in TYPES:
        raise DataError(
            _(
                "there is no text at that address, but %(kind)s",
                kind=page.content_type or _("something without a name"),
            )
        )
    raw, kind = page.raw, TYPES[page.content_type]
    if page.charset and page.content_type.startswith("text/"):
        with suppress(LookupError, UnicodeError):
            raw = raw.decode(page.charset).encode()
    return await read(raw, kind, clock)


async def read(raw: bytes, kind: DocumentFormat, clock: Clock) -> str:
    """The text, in paragraphs with an empty line between. Raises DataError with why there is none."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_WORKER), kind.value, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with clock.timeout(READ_S):
            answer = await _answer(worker, raw)
    except TimeoutError as error:
        raise DataError(_("reading it takes too long: add it in parts")) from error
    finally:
        if worker.returncode is None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
    if problem := answer.get("problem"):
        raise DataError(problem)
    text = tidy(answer.get("text", ""))
    if not text:
        raise DataError(_("there is no text in it"))
    if len(text) > MAX_DOCUMENT_CHARS:
        raise DataError(
            _(
                "its text has %(number)s characters; at most %(most)s fit",
                number=len(text),
                most=MAX_DOCUMENT_CHARS,
            )
        )
    return text


async def _answer(worker: asyncio.subprocess.Process, raw: bytes) -> Mapping[str, str]:
    assert worker.stdin is not None
    assert worker.stdout is not None

    async def feed(pipe: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # it has seen enough, or is dead
            pipe.write(raw)
            await pipe.drain()
        pipe.close()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(feed(worker.stdin))
        written = bytearray()
        while part := await worker.stdout.read(1 << 16):
            written += part
            if len(written) > MAX_ANSWER_BYTES:
                return {"problem": f"its text has more than {MAX_DOCUMENT_CHARS} characters"}
    await worker.wait()
    try:
        answer: Mapping[str, str] = json.loads(written)
    except ValueError:
        return {"problem": "reading it takes more memory or time than any book: it may be a trap"}
    return answer


def tidy(text: str) -> str:
    """One form of each character, single spaces, and an empty line between paragraphs."""
    clean = "".join(
        character
        for character in unicodedata.normalize(
            "NFC", text.replace("\r\n", "\n").replace("\r", "\n")
        )
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Co")
    )
    paragraphs = (" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", clean))
    return "\n\n".join(each for each in paragraphs if each)
