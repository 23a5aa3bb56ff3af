"""The path before all pages, where a reverse proxy puts them below one; "" where they stand at the root of a name.

The application itself knows nothing of it: a proxy takes the path away before it asks. What goes back to the browser
gets it again: links, forms and pictures in HTML, redirects, and the path of cookies. Scripts find it by where they lie.
"""

import re
from contextvars import ContextVar
from typing import Final

from aiohttp import hdrs, web

_base: ContextVar[str] = ContextVar("base_path", default="")

MAX_CHARS: Final = 200
_PATH: Final = re.compile(r"(?:/(?!\.\.?(?:/|$))[\w.~-]+)+", re.ASCII)

ADDRESSES: Final = ("href", "src", "action", "formaction", "data-from", "data-hear", "data-own")
"""Attributes whose value is an address. A hidden field that names a page keeps it as the application knows it."""
_ROOTED: Final = re.compile(rf'(\s(?:{"|".join(ADDRESSES)})=")/(?!/)')
"""In templates alone: what people typed has no such quotation marks in HTML."""


def read(text: str) -> str:
    """What a proxy says, without a slash at its end. Raises ValueError for what is no plain path."""
    path = text.rstrip("/")
    if len(path) > MAX_CHARS or (path and not _PATH.fullmatch(path)):
        raise ValueError("no plain path")
    return path


def enter(path: str) -> None:
    """For all that is made for the present request."""
    _base.set(path)


def below(path: str) -> str:
    """`path` as the browser knows it."""
    return _base.get() + path


def in_html(html: str) -> str:
    """`html` with the addresses of this site as the browser knows them."""
    base = _base.get()
    return _ROOTED.sub(rf"\g<1>{base}/", html) if base else html


def in_redirect(response: web.StreamResponse, path: str) -> None:
    """Lead to where the browser knows the page, if it leads to one of ours."""
    location = response.headers.get(hdrs.LOCATION, "")
    if location.startswith("/") and not location.startswith("//"):
        response.headers[hdrs.LOCATION] = path + location
