"""From which device and from where somebody signs in, in words that a parent knows their own sign-ins by.

And whether browsers take passkeys there.
"""

import re
from ipaddress import ip_address
from typing import Final

from aiohttp import web
from yarl import URL

from hub.translation import marked

MAX_AGENT_CHARS: Final = 500

SYSTEMS: Final = (
    ("iPhone", marked("an iPhone")),
    ("iPad", marked("an iPad")),
    ("Android", "Android"),
    ("CrOS", marked("a Chromebook")),
    ("Windows", "Windows"),
    ("Macintosh", marked("a Mac")),
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
    browser = next((name for sign, name in BROWSERS if re.search(sign, agent)), marked("A browser"))
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    if not system:
        return browser
    return marked("%(browser)s on %(system)s", browser=browser, system=system)


def place_of(request: web.Request) -> str:
    """Where the request comes from."""
    try:
        address = ip_address((request.remote or "").partition("%")[0])
    except ValueError:
        return marked("an unknown address")
    if address.is_loopback:
        return marked("the hub’s own computer")
    if address.is_private:
        return marked("your home network")
    return marked("outside your home (%(address)s)", address=str(address))


def whence(request: web.Request) -> dict[str, str]:
    """Both, by what they are called."""
    return {"device": device_of(request), "place": place_of(request)}


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
