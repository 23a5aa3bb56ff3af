"""From which device and from where somebody signs in, in words that a parent knows their own sign-ins by."""

import re
from ipaddress import ip_address
from typing import Final

from aiohttp import web

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
