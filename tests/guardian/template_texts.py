"""The texts of templates that no catalogue could translate, found in Jinja's own syntax tree.

What a template writes itself is read as HTML, with each expression as a gap in it; so a text is found wherever it
stands, also in both branches of an `if`. Of what an expression says, strings in it that look like words are found.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import jinja2
from jinja2 import nodes

WATCHED = {"aria-label", "alt", "title", "placeholder"}
"""Attributes that a person reads or hears; so is each that gives a script its words, as `data-done="…"`."""
UNREAD_BLOCKS = {"body_class", "head"}
UNREAD = {"code", "script", "style"}
"""Elements whose text is the same in each language."""
NAMES = {
    "anna@example.com",
    "smtp.example.com",
    "matrixs://…",
    "ABCD-EFGH",
    "llama3.2",
    "Pommai",
    "WAV",
    "MP3",
    "SHA-256",
    "Home Assistant",
    "px",
}
ANY_NAME = re.compile("|".join(NAMES))
MARKERS = {"_", "gettext", "ngettext"}
LETTERS = re.compile(r"[^\W\d_]{2}")
LIKE_WORDS = re.compile(r"[A-Z][a-z’']|[a-z’',.]+ [a-z“’]+")
"""A capital letter, or two words; a lone small word may as well be a value."""
PHRASE = re.compile(r"[A-Z][\w’']* ")
ATTRIBUTE = re.compile(r'[\w-]+="[^"]*"')
"""As a macro writes it that is called within an element's tag."""

ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, autoescape=True)
ENVIRONMENT.newstyle_gettext = True  # type: ignore[attr-defined]  # by the extension


def unmarked(source: str) -> list[str]:
    """Each text of a template that is in no message, in the order of the page."""
    tree = ENVIRONMENT.parse(source)
    page = _Page()
    page.feed("".join(_written(tree)))
    page.close()
    return [*page.texts, *_strings(tree, marked=False)]


def translates_a_value(source: str) -> list[int]:
    """Lines that give gettext what is no message: what stands in it would be taken for HTML."""
    return [
        call.lineno
        for call in ENVIRONMENT.parse(source).find_all(nodes.Call)
        if isinstance(call.node, nodes.Name)
        and call.node.name in MARKERS
        and not isinstance(call.args[0], nodes.Const)
    ]


def _written(node: nodes.Node | None) -> Iterator[str]:
    """What a template writes itself, and a space for each thing that it is told."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _written(child)
    elif isinstance(node, nodes.CondExpr):
        for branch in (node.expr1, node.expr2):
            yield from _written(branch)
            yield " "
    elif isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.Expr):
        yield " "
    elif node and not (isinstance(node, nodes.Block) and node.name in UNREAD_BLOCKS):
        for part in node.iter_child_nodes():
            if not isinstance(part, nodes.Expr):
                yield from _written(part)


def _strings(node: nodes.Node, *, marked: bool) -> Iterator[str]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        marked = marked or node.node.name in MARKERS
    if isinstance(node, nodes.Compare | nodes.Filter | nodes.Test) and not marked:
        return
    if isinstance(node, nodes.Const) and not marked and _is_text(node.value):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _strings(child, marked=marked and not isinstance(node, nodes.Keyword))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(LIKE_WORDS.search(value)) and value not in NAMES


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNREAD:
            self._within.append(tag)
        for name, value in attrs:
            if name in WATCHED or (name.startswith("data-") and PHRASE.match(value or "")):
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self._note(data)

    def _note(self, text: str) -> None:
        words = " ".join(ATTRIBUTE.sub("", text).split())
        if LETTERS.search(ANY_NAME.sub("", words)):
            self.texts.append(words)
