"""What a toy says while it waits or when all else fails, made into sound before it is needed.

So it sounds at once, and also while a voice outside the house can't be reached.
"""

from contextlib import aclosing
from typing import NoReturn

import structlog

from hub.domain.safety import SafetyPolicy
from hub.domain.toys import Toy
from hub.errors import DataError, ProviderError
from hub.events import Missed, ToysChanged
from hub.pipeline.kept_sounds import SoundKey
from hub.pipeline.services import TurnServices
from hub.pipeline.so_far import BY_ROTE
from hub.pipeline.speak import sound_of, voices_of
from hub.providers.base import Tts

log = structlog.get_logger()

PAUSE_S = 0.5
"""Between two lines: a toy that talks needs the voice more."""
AGAIN_AFTER_S = 3600.0
"""A voice that could not be reached may be back."""


class Rehearsal:
    """Each toy's BY_ROTE lines in its first voice, once: what is kept is not made again."""

    def __init__(self, services: TurnServices) -> None:
        self._services = services

    async def run(self) -> NoReturn:
        """Now, and when toys change."""
        with self._services.bus.subscribe() as events:
            while True:
                try:
                    for toy in await self._services.store.toys.list():
                        await self.rehearse(toy)
                except DataError as error:
                    log.error("fixed lines can't be prepared", error=str(error))
                try:
                    async with self._services.clock.timeout(AGAIN_AFTER_S):
                        while not isinstance(await events.get(), ToysChanged | Missed):
                            continue
                except TimeoutError:
                    continue

    async def rehearse(self, toy: Toy) -> None:
        """Until its voice fails. Raises DataError."""
        services, guard = self._services, self._services.guard
        policy = guard.policy_for(toy)
        lines = [line for kind in BY_ROTE for line in await guard.lines(kind, policy, toy.language)]
        try:
            name, voice = (await voices_of(services, toy))[0]
            for tts in await services.providers.tts(toy):
                if tts.name == name:
                    for line in lines:
                        key = SoundKey(tts.name, voice, toy.language, line)
                        await rehearsed(services, tts, key, policy)
        except ProviderError as error:
            log.info("fixed lines are not all at hand", toy=toy.name, error=str(error))


async def rehearsed(services: TurnServices, tts: Tts, key: SoundKey, policy: SafetyPolicy) -> bytes:
    """A reviewed line's sound as it was kept, or else made now. Raises ProviderError, DataError."""
    if kept := await services.sounds.get(key, policy):
        return kept
    made = bytearray()
    async with aclosing(sound_of(services, tts, key.voice, key.text, policy)) as sound:
        async for chunk in sound:
            made += chunk.data
    await services.sounds.keep(key, bytes(made))
    await services.clock.sleep(PAUSE_S)
    return bytes(made)
