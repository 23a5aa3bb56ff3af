"""The languages that the pages speak: English, and each that has a catalogue; the browser says which is read.

How a text is written and a catalogue made stands in docs/languages.md. The API and the commands are in English.
"""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from guardian_web.keys import HUB, IS_API
from hub import translation
from hub.translation import ENGLISH, Catalogue, Catalogues

LOCALE: Final = Path(__file__).parent / "locale"
MAX_LANGUAGES: Final = 20
"""That a browser asks for and are looked at."""


def wanted(catalogues: Catalogues, accepted: str) -> Catalogue:
    """The first of an Accept-Language that there is, or that there is without its region; else English."""
    known = (catalogues.find(language) for language in _by_preference(accepted))
    return next((each for each in known if each), ENGLISH)


@web.middleware
async def know_language(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    accepted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    is_api = any(IS_API in app for app in request.match_info.apps)
    translation.enter(ENGLISH if is_api else wanted(request.config_dict[HUB].catalogues, accepted))
    return await handler(request)


def _by_preference(accepted: str) -> Iterator[str]:
    """The languages of an Accept-Language header (RFC 9110, 12.5.4), in lower case, the dearest first."""
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(",", MAX_LANGUAGES)[:MAX_LANGUAGES]:
        language, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0:
            weighed.append((-quality, language.strip().lower()))
    return (language for _, language in sorted(weighed, key=lambda one: one[0]))
