"""Who could hear, think and speak for a toy: where it is, what goes there, and what it costs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.core.privacy.clouds import KIND_SENDS
from hub.domain.toys import ProviderKind
from hub.egress.places import Place, place_of_provider
from hub.egress.spending import MICRO, Prices, Use
from hub.errors import PommaiError
from hub.providers.base import ProviderSetup, VoiceSetting, VoiceSettings
from hub.providers.registry import EMBEDDED, REGISTRY, load

__all__ = ["ProviderOption", "ProviderOptions"]

TURNS_AN_HOUR: Final = 120
"""Of talk without a pause: half a minute each. With it go the next three, which are assumptions, too."""
SPEECH_S: Final = 6.0
"""Of the child's, a turn; one turn's answer has about ANSWER_CHARACTERS, and its request PROMPT_TOKENS."""
ANSWER_CHARACTERS: Final = 180
PROMPT_TOKENS: Final = 1500
ANSWER_TOKENS: Final = 60
_HOUR: Final = {
    ProviderKind.STT: Use(seconds=TURNS_AN_HOUR * SPEECH_S),
    ProviderKind.LLM: Use(TURNS_AN_HOUR * PROMPT_TOKENS, TURNS_AN_HOUR * ANSWER_TOKENS),
    ProviderKind.TTS: Use(characters=TURNS_AN_HOUR * ANSWER_CHARACTERS),
}


@dataclass(frozen=True, slots=True)
class ProviderOption:
    kind: ProviderKind
    name: str
    """As in a toy's list."""
    what: str
    """What it is on this machine, for people."""
    place: Place | None
    """Where what it is sent goes; None: it stays at home."""
    sends: str
    """What it is sent, where that leaves the home; else ""."""
    hour_usd: float
    """What an hour of talk costs, roughly and by list prices; 0 where it costs nothing."""
    embedded: bool
    """The last resort, which is a demonstration."""
    problem: str
    """Why it can't be taken now, in one line; "" where nothing speaks against it."""
    voice_settings: Sequence[VoiceSetting] = ()
    """Of a voice provider: what its voices take."""

    @property
    def why_not(self) -> str:
        """`problem` on a page: what is done about it in a terminal or a file is left out."""
        return self.problem.partition("; ")[0]


class ProviderOptions:
    """As this hub is set up."""

    def __init__(self, setup: ProviderSetup) -> None:
        """Raises ConfigError for a table of prices that can't be read."""
        self._setup = setup
        self._prices = Prices.load(setup.config)

    async def of(self, kind: ProviderKind) -> Sequence[ProviderOption]:
        """All that there are, those at home first. The first time it imports each one's module."""
        options = await asyncio.to_thread(
            lambda: [self._option(kind, name) for name in REGISTRY[kind]]
        )
        known = [option for option in options if option is not None]
        return sorted(known, key=lambda o: (o.place is not None, o.embedded, o.name))

    def _option(self, kind: ProviderKind, name: str) -> ProviderOption | None:
        """None where its package isn't installed."""
        try:
            provider = load(kind, name, self._setup)
        except PommaiError:
            return None
        place = place_of_provider(kind, name, self._setup)
        price = self._prices.of(kind, name)
        return ProviderOption(
            kind,
            name,
            provider.what,
            place,
            KIND_SENDS[kind] if place else "",
            price.micro_usd(_HOUR[kind]) / MICRO if place else 0.0,
            EMBEDDED[kind] == name,
            provider.problem(),
            provider.voice_settings if isinstance(provider, VoiceSettings) else (),
        )
