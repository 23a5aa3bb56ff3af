"""What the pages ask of the hub, and nothing more; `hub.core.Hub` fits it."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from hub.domain.api import ToyUse
from hub.domain.audio import PcmChunk
from hub.domain.consent import Consent
from hub.domain.household import Household
from hub.domain.talk import Turn
from hub.domain.toys import Child, Satellite, SatelliteSettings, Toy
from hub.events import Bus
from hub.family import Family
from hub.house_services import HouseServices
from hub.pipeline.events import TurnEvent
from hub.pipeline.services import Ask
from hub.providers.voices import VoiceInfo
from hub.safety.layers import GuardHealth
from hub.storage.api_tokens import ApiTokenRepository
from hub.storage.guardian import GuardianRepository


class GuardianHub(Protocol):
    """The hub as its pages see it."""

    bus: Bus
    family: Family
    """Household, adults, alerts and the ledger."""
    house_services: HouseServices
    """Wyoming services in the house that toys may use."""
    house_problem: str
    """What has to be done before toys can ask anything of Home Assistant; "" for nothing."""

    @property
    def guardian(self) -> GuardianRepository: ...

    @property
    def api_tokens(self) -> ApiTokenRepository: ...

    async def hub_id(self) -> str: ...

    async def toys(self) -> Sequence[Toy]: ...

    async def save_toy(self, toy: Toy) -> Toy: ...

    async def pause(self, toy_id: str, paused: bool) -> Toy:
        """It finishes what it says, and then answers nobody until it may again."""
        ...

    async def use_today(self) -> Mapping[str, ToyUse]:
        """How much each toy, by its id, was talked with."""
        ...

    async def children(self) -> Sequence[Child]: ...

    async def save_child(self, child: Child) -> Child: ...

    async def satellites(self) -> Sequence[Satellite]: ...

    async def adopt(self, name: str, toy: str | None = None) -> Satellite: ...

    async def pair(self, name: str, code: str, toy: str | None = None) -> Satellite: ...

    async def release(self, name: str) -> Satellite: ...

    async def settle(
        self, name: str, change: Callable[[SatelliteSettings], SatelliteSettings]
    ) -> Satellite:
        """What holds for good on a paired device; at once, where it is there."""
        ...

    async def order(self, name: str, do: str) -> Satellite:
        """One of `hub.voice.care.ORDERS`."""
        ...

    async def update(self, name: str) -> Satellite:
        """Begin to bring a device this hub's version of its software. Raises RefusedError, LinkError."""
        ...

    async def announce(self, name: str, text: str) -> Satellite:
        """A parent's own words. Raises RefusedError for what the guard lets no toy say."""
        ...

    async def move(self, name: str, toy: str) -> Satellite: ...

    async def hear_room(self, name: str, by: str) -> Satellite:
        """Who listens to one that sends its room's sound all the time, as `Satellite.room_heard_by`."""
        ...

    async def voices(self, toy: Toy) -> Sequence[VoiceInfo]:
        """Those that it could have; empty where its provider doesn't tell."""
        ...

    async def voice_cloner(self, toy: Toy) -> str:
        """The provider that could copy a person's voice for it; "" where there is none."""
        ...

    async def clone_voice(
        self, toy_id: str, name: str, recordings: Sequence[bytes], consent: Consent
    ) -> Toy:
        """The toy speaks with a copy of that person's voice; the consent is kept first."""
        ...

    def sample(self, toy: Toy) -> AsyncGenerator[PcmChunk]:
        """How it sounds."""
        ...

    def begin_turn(self, ask: Ask) -> AbstractAsyncContextManager[AsyncIterable[TurnEvent]]:
        """Raises StoppedError while the emergency stop is on, and when it ends the turn."""
        ...

    async def stop_all(self, reason: str = "") -> Household: ...

    async def resume(self) -> Household: ...

    async def set_quiet(self, quiet: bool) -> Household: ...

    def guard_health(self) -> GuardHealth: ...

    async def turn(self, turn_id: str) -> Turn | None: ...

    async def recent_turns(
        self, limit: int, toy_id: str | None = None, before: str | None = None
    ) -> Sequence[Turn]:
        """The newest first; of one toy alone, or from before a turn."""
        ...

    async def conversation(self, conversation_id: str, limit: int) -> Sequence[Turn]:
        """The last turns of one conversation, the oldest first."""
        ...

    async def turns_since(self, revision: int, limit: int) -> Sequence[Turn]:
        """Turns changed after `revision`, in the order of their changes."""
        ...

    async def revision(self) -> int:
        """Of the last change to any turn or alert."""
        ...

    def metrics(self, pages: int) -> bytes:
        """Counts and times over all turns, in Prometheus's text format; `pages` are open now."""
        ...

    async def health(self) -> dict[str, Any]:
        """`status` ("ok" or "impaired") and `version`, for anybody; the rest is for guardians."""
        ...
