"""Takes the text out of one file, in a process of its own, as the file may be anything.

Run by `hub.knowledge.documents.reading` as a script that imports nothing of the hub: the format is its argument, the
file comes on its standard input, and one JSON object goes out, `{"text": ...}` or `{"problem": ...}`. The kernel
ends it where it takes too much memory or time.
"""

import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import unquote
from xml.etree import ElementTree as Tree

MAX_MEMORY_BYTES = 768 * 1024 * 1024
MAX_CPU_S = 60
MAX_PAGES = 2000
MAX_CHAPTERS = 2000
MAX_UNPACKED_BYTES = 32 * 1024 * 1024
"""Of all of an EPUB's chapters together."""
# fmt: off
BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "br", "dd", "div", "dl", "dt", "figcaption", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul",
})
NOT_READ = frozenset({
    "aside", "button", "footer", "form", "head", "header", "iframe", "nav", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea",
})
# fmt: on
CONTENT = frozenset({"main", "article"})
MIN_CONTENT = 0.25
"""A page's own article has at least this much of its text; else all of it is taken."""


class UnreadableError(Exception):
    """With one line for the parent who gave the file."""


class _Page(HTMLParser):
    """The words of a page, without what stands around them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._all: list[str] = []
        self._content: list[str] = []
        self._left_out: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag in NOT_READ:
            self._left_out.append(tag)
        elif tag in CONTENT:
            self._inside += 1
        if tag in BLOCKS:
            self._write("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._left_out:
            while self._left_out.pop() != tag:
                """Whatever was left open within it ends with it."""
        elif tag in CONTENT:
            self._inside = max(0, self._inside - 1)
        if tag in BLOCKS:
            self._write("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            self._write(re.sub(r"\s+", " ", data))

    def _write(self, words: str) -> None:
        self._all.append(words)
        if self._inside:
            self._content.append(words)

    @property
    def text(self) -> str:
        whole, content = "".join(self._all), "".join(self._content)
        return content if len(content.strip()) > MIN_CONTENT * len(whole.strip()) else whole


def of_text(raw: bytes) -> str:
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError("it is no text: save it as plain text in UTF-8, and add it again")


def of_markdown(raw: bytes) -> str:
    text = re.sub(r"(?m)^(?:```|~~~).*$", "", of_text(raw))
    text = re.sub(r"!\[[^\]\n]*\]\([^)\n]*\)", "", text)
    text = re.sub(r"\[([^\]\n]*)\]\([^)\n]*\)", r"\1", text)
    text = re.sub(r"(?m)^[ \t]*(?:#{1,6}|>|[-*+]|\d+[.)])[ \t]+", "", text)
    return re.sub(r"(\*{1,3}|_{1,3}|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def of_html(raw: bytes) -> str:
    page = _Page()
    page.feed(of_text(raw))
    page.close()
    return page.text


def of_epub(raw: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            return "\n\n".join(_chapters(book))
    except (MemoryError, UnreadableError):
        raise
    except Exception as error:  # a damaged file fails in any way
        raise UnreadableError(
            "it is damaged, or no EPUB, or locked by its shop: only books without a lock can be read"
        ) from error


def _chapters(book: zipfile.ZipFile) -> Iterator[str]:
    """In the order in which they are read."""
    left = MAX_UNPACKED_BYTES

    def unpacked(name: str) -> bytes:
        nonlocal left
        with book.open(name) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise UnreadableError("it unpacks to more than any book has: it may be a trap")
        return content

    container = Tree.fromstring(unpacked("META-INF/container.xml"))  # noqa: S314 - in a bounded process
    package = container.find(".//{*}rootfile")
    if package is None:
        raise KeyError("rootfile")
    place = package.attrib["full-path"]
    book_parts = Tree.fromstring(unpacked(place))  # noqa: S314
    files = {item.attrib["id"]: item.attrib["href"] for item in book_parts.findall(".//{*}item")}
    for number, item in enumerate(book_parts.findall(".//{*}itemref")):
        if number >= MAX_CHAPTERS:
            raise UnreadableError(f"it has more than {MAX_CHAPTERS} chapters")
        href = unquote(files[item.attrib["idref"]]).partition("#")[0]
        yield of_html(unpacked(posixpath.normpath(posixpath.join(posixpath.dirname(place), href))))


def of_pdf(raw: bytes) -> str:
    try:
        text = "\n\n".join(_pages(raw))
    except (MemoryError, UnreadableError):
        raise
    except Exception as error:  # a damaged file fails in any way
        raise UnreadableError("it is damaged, or no PDF") from error
    if not text.strip():
        raise UnreadableError(
            "there are only pictures of pages in it: its text must be recognised first"
        )
    return re.sub(r"(\w)-\n(?=[a-z])", r"\1", text)


def _pages(raw: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("it is locked with a password: save it without one, and add it again")
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableError(f"it has more than {MAX_PAGES} pages: add it in parts")
    for page in reader.pages:
        yield page.extract_text()


READERS: Mapping[str, Callable[[bytes], str]] = MappingProxyType(
    {"text": of_text, "markdown": of_markdown, "html": of_html, "epub": of_epub, "pdf": of_pdf}
)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    try:
        answer = {"text": READERS[sys.argv[1]](sys.stdin.buffer.read())}
    except UnreadableError as error:
        answer = {"problem": str(error)}
    except (MemoryError, RecursionError):
        answer = {"problem": "it takes more memory than any book needs: it may be a trap"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
