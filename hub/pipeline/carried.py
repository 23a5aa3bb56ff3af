"""The lines that a toy carries for when it can't reach the hub: which they are, and their sound in its voice."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from hub.domain.safety import SafetyPolicy
from hub.domain.toys import Toy
from hub.pipeline.kept_sounds import SoundKey
from hub.pipeline.rehearsal import rehearsed
from hub.pipeline.services import TurnServices
from hub.pipeline.speak import voices_of
from hub.providers.base import Tts
from hub.safety.guard import Line

KINDS: Final = (
    Line.AWAY,
    Line.AWAY_HELLO,
    Line.AWAY_JOKE,
    Line.AWAY_RHYME,
    Line.AWAY_BEDTIME,
)
"""The plainest first: where there is little room, the last ones are left out."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One toy's lines under its policy, in its first voice."""

    version: str
    """Another one for another voice, level, topic, rule or line."""
    keys: tuple[tuple[Line, SoundKey], ...]
    policy: SafetyPolicy


async def carried_by(services: TurnServices, toy: Toy) -> Carried:
    """Raises ProviderError where there is no voice."""
    guard = services.guard
    policy = guard.policy_for(toy)
    provider, voice = (await voices_of(services, toy))[0]
    lines = [
        (kind, line) for kind in KINDS for line in await guard.lines(kind, policy, toy.language)
    ]
    keys = tuple((kind, SoundKey(provider, voice, toy.language, line)) for kind, line in lines)
    names = " ".join(services.sounds.name(key) for _, key in keys)
    return Carried(hashlib.sha256(names.encode()).hexdigest()[:16], keys, policy)


async def sounds_of(
    services: TurnServices, toy: Toy, carried: Carried
) -> AsyncIterator[tuple[Line, bytes]]:
    """The sound of each, 16 kHz, as it is made or was kept; nothing where the voice isn't there.

    Raises ProviderError, DataError.
    """
    voice = await _voice(services, toy, carried)
    if voice is None:
        return
    for kind, key in carried.keys:
        if sound := await rehearsed(services, voice, key, carried.policy):
            yield kind, sound


async def _voice(services: TurnServices, toy: Toy, carried: Carried) -> Tts | None:
    wanted = {key.provider for _, key in carried.keys}
    ready = await services.providers.tts(toy)
    return next((voice for voice in ready if voice.name in wanted), None)
