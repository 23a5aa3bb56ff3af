"""From which device and from where somebody signs in, in words that a parent knows their own sign-ins by.

And whether browsers take passkeys there.
"""

import re
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from yarl import URL

MAX_AGENT_CHARS: Final = 500

SYSTEMS: Final = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)
BROWSERS: Final = (
    (r"Edg(A|iOS)?/", "Edge"),
    (r"OPR/", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
"""The first that stands in what a browser says of itself: most of them also say that they are those below."""


def device_of(request: web.Request) -> str:
    """Such as "Safari on an iPhone"; whatever it says, one of these words."""
    agent = request.headers.get("User-Agent", "")[:MAX_AGENT_CHARS]
    browser = next((name for sign, name in BROWSERS if re.search(sign, agent)), "A browser")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def place_of(request: web.Request) -> str:
    """Where the request comes from."""
    try:
        address = ip_address((request.remote or "").partition("%")[0])
    except ValueError:
        return "an unknown address"
    if address.is_loopback:
        return "the hub’s own computer"
    return "your home network" if address.is_private else f"outside your home ({address})"


def host_for_passkeys(request: web.Request) -> str:
    """The name that passkeys made here are bound to; "" where browsers make none: at an address that is a
    number, or without HTTPS anywhere but on the hub's own computer.
    """
    host = URL.build(scheme="http", authority=request.host).host or ""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return host if request.secure or host == "localhost" else ""
    return ""
