"""The forms of a page, filled in as a browser opens them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

Fields = Sequence[tuple[str, str]]


@dataclass
class HtmlForm:
    actions: list[str]
    """Where it, or a button of it, sends it."""
    fields: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, typed: Mapping[str, str]) -> Fields:
        """As it is sent with `typed` in place of what stands there."""
        return [(k, v) for k, v in self.fields if k not in typed] + list(typed.items())


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self.forms: list[HtmlForm] = []
        self._inside = False
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("method") == "post"
            if self._inside:
                self.forms.append(HtmlForm([said.get("action", self._page)]))
        elif not self._inside:
            return
        name = said.get("name", "")
        if tag == "button" and "formaction" in said:
            self.forms[-1].actions.append(said["formaction"])
        elif tag == "input" and name and not self._is_off(said):
            self.forms[-1].fields.append((name, said.get("value", "on")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._choose(said)
        elif tag == "textarea":
            self._area = name
            self.forms[-1].fields.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            name, text = self.forms[-1].fields.pop()
            self.forms[-1].fields.append((name, text + data))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def _choose(self, option: Mapping[str, str]) -> None:
        """The one that is selected, or else the first."""
        fields = self.forms[-1].fields
        is_first = not fields or fields[-1][0] != self._select
        if not is_first and "selected" in option:
            fields.pop()
        if is_first or "selected" in option:
            fields.append((self._select, option.get("value", "")))

    @staticmethod
    def _is_off(said: Mapping[str, str]) -> bool:
        return "disabled" in said or (
            said.get("type") in {"checkbox", "radio"} and "checked" not in said
        )


def forms_of(html: str, page: str) -> Iterator[HtmlForm]:
    """Those that are posted; `page` is where they stand."""
    parser = _Forms(page)
    parser.feed(html)
    yield from parser.forms
