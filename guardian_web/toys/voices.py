"""Which voices a toy could have."""

from collections.abc import Sequence

import structlog
from aiohttp import web

from guardian_web.keys import CLOCK, HUB
from hub.core.toys.voices import VoiceInfo
from hub.domain.toys import Toy
from hub.errors import PommaiError

log = structlog.get_logger()

LIST_S = 2.0
"""A page doesn't wait longer for a cloud's list of voices."""


async def voices_for(request: web.Request, toy: Toy) -> Sequence[VoiceInfo]:
    """Those that it could have, also such as must be fetched first; empty where nobody tells in time."""
    try:
        async with request.config_dict[CLOCK].timeout(LIST_S):
            voices = await request.config_dict[HUB].voices.of(toy)
    except (PommaiError, TimeoutError) as error:
        log.info("no list of voices", toy=toy.name, error=str(error) or "too slow")
        return ()
    return voices
