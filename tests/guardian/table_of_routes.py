"""The pages' routes by their table, and which of them an address means."""

import re
from html import unescape
from typing import Final

from aiohttp import web

from guardian_web.routes import ROUTES

Asked = tuple[str, str]
"""The method and the path, with names in braces."""
PAGES: Final = [(route.method, route.path) for route in ROUTES if isinstance(route, web.RouteDef)]


def route_of(method: str, address: str) -> Asked | None:
    """As the table of routes names it, the one without names in it first."""
    path = re.split("[?#]", unescape(address))[0]
    found = [
        route
        for verb, route in PAGES
        if verb == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path)
    ]
    return (method, min(found, key=lambda route: route.count("{"))) if found else None
