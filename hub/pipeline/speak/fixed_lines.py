"""What a toy says while it waits or when all else fails, made into sound before it is needed.

So it sounds at once, and also while a voice in the cloud can't be reached.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, NoReturn

import structlog

from hub.domain.safety import SafetyPolicy
from hub.domain.toys import Toy
from hub.errors import DataError, ProviderError
from hub.events import Missed, ToysChanged
from hub.knowledge.so_far import BY_ROTE
from hub.pipeline.context import TurnServices
from hub.pipeline.speak.sound_cache import SoundKey
from hub.pipeline.speak.voices import sound_of, voices_of
from hub.providers.base import Tts
from hub.safety.guard import Line

log = structlog.get_logger()

PAUSE_S = 0.5
"""Between two lines: a toy that talks needs the voice more."""
AGAIN_AFTER_S = 3600.0
"""A voice that could not be reached may be back."""


class FixedLineSounds:
    """Each toy's BY_ROTE lines in its first voice, once: what is kept is not made again."""

    def __init__(self, services: TurnServices) -> None:
        self._services = services

    async def run(self) -> NoReturn:
        """Now, and when toys change."""
        with self._services.bus.subscribe() as events:
            while True:
                try:
                    for toy in await self._services.store.toys.list():
                        await self.prepare(toy)
                except DataError as error:
                    log.error("fixed lines can't be prepared", error=str(error))
                try:
                    async with self._services.clock.timeout(AGAIN_AFTER_S):
                        while not isinstance(await events.get(), ToysChanged | Missed):
                            continue
                except TimeoutError:
                    continue

    async def prepare(self, toy: Toy) -> None:
        """Until its voice fails. Raises DataError."""
        services, guard = self._services, self._services.guard
        speakers = (None, *toy.child_ids)
        policies = {guard.policy_for(toy.spoken_to_by(child_id)) for child_id in speakers}
        lines = [
            line
            for policy in policies
            for kind in BY_ROTE
            for line in await guard.lines(kind, policy, toy.language)
        ]
        try:
            name, voice = (await voices_of(services, toy))[0]
            for tts in await services.providers.tts(toy):
                if tts.name == name:
                    for line in lines:
                        key = SoundKey(tts.name, voice, toy.language, line)
                        await fixed_line_sound(services, tts, key, line.policy)
        except ProviderError as error:
            log.info("fixed lines are not all at hand", toy=toy.name, error=str(error))


async def fixed_line_sound(
    services: TurnServices, tts: Tts, key: SoundKey, policy: SafetyPolicy
) -> bytes:
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


KINDS: Final = (
    Line.AWAY,
    Line.AWAY_HELLO,
    Line.AWAY_JOKE,
    Line.AWAY_RHYME,
    Line.AWAY_BEDTIME,
)
"""The plainest first: where there is little room, the last ones are left out."""


@dataclass(frozen=True, slots=True)
class OfflineLines:
    """One toy's lines under its policy, in its first voice."""

    version: str
    """Another one for another voice, level, topic, rule or line."""
    keys: tuple[tuple[Line, SoundKey], ...]
    policy: SafetyPolicy


async def offline_lines(services: TurnServices, toy: Toy) -> OfflineLines:
    """Raises ProviderError where there is no voice."""
    guard = services.guard
    policy = guard.policy_for(toy)
    provider, voice = (await voices_of(services, toy))[0]
    lines = [
        (kind, line) for kind in KINDS for line in await guard.lines(kind, policy, toy.language)
    ]
    keys = tuple((kind, SoundKey(provider, voice, toy.language, line)) for kind, line in lines)
    names = " ".join(services.sounds.name(key) for _, key in keys)
    return OfflineLines(hashlib.sha256(names.encode()).hexdigest()[:16], keys, policy)


async def sounds_of(
    services: TurnServices, toy: Toy, lines: OfflineLines
) -> AsyncIterator[tuple[Line, bytes]]:
    """The sound of each, 16 kHz, as it is made or was kept; nothing where the voice isn't there.

    Raises ProviderError, DataError.
    """
    voice = await _voice(services, toy, lines)
    if voice is None:
        return
    for kind, key in lines.keys:
        if sound := await fixed_line_sound(services, voice, key, lines.policy):
            yield kind, sound


async def _voice(services: TurnServices, toy: Toy, lines: OfflineLines) -> Tts | None:
    wanted = {key.provider for _, key in lines.keys}
    ready = await services.providers.tts(toy)
    return next((voice for voice in ready if voice.name in wanted), None)
