"""Why a toy may not answer: everything that the hub can see of it, looked at in turn."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.core.devices import Devices
from hub.core.family.play import Play
from hub.core.health import Health
from hub.domain.talks.talk import TurnState
from hub.domain.toys import ProviderKind, Satellite, SatelliteState, Toy
from hub.providers.pool import Providers, Standing
from hub.storage.store import Store

__all__ = ["Check", "Finding", "Standing", "ToyChecks"]

TURNS_LOOKED_AT: Final = 20


class Check(StrEnum):
    """What is looked at, in this order."""

    STOP = "stop"
    QUIET = "quiet"
    PAUSE = "pause"
    LIMITS = "limits"
    DISK = "disk"
    GUARD = "guard"
    DEVICE = "device"
    MICROPHONE = "microphone"
    HEARS = "hears"
    THINKS = "thinks"
    SPEAKS = "speaks"
    LAST_TALK = "last_talk"


KINDS: Final = {
    ProviderKind.STT: Check.HEARS,
    ProviderKind.LLM: Check.THINKS,
    ProviderKind.TTS: Check.SPEAKS,
}
GONE: Final = {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.ERROR}


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    ok: bool
    detail: str = ""
    """What there is to know, in one line; of a device its name, of a provider who is asked, of limits the `Reason`."""
    instead: str = ""
    """Of a provider that can't be used: who answers in its place; "" for nobody."""
    key: str = ""
    """Of a device, or of the turn."""


class ToyChecks:
    def __init__(
        self, store: Store, devices: Devices, health: Health, providers: Providers, play: Play
    ) -> None:
        self._store = store
        self._play = play
        self._devices = devices
        self._health = health
        self._providers = providers

    async def look(self, toy: Toy) -> Sequence[Finding]:
        """One for each thing, in the order of `Check`. Makes providers ready that aren't, which may take a while."""
        async with aclosing(self._looks(toy)) as findings:
            return [finding async for finding in findings]

    async def standing(self, toy: Toy) -> Sequence[Standing]:
        """Who was chosen to hear, think and speak for it, and who does so now."""
        return await self._providers.standing(toy)

    async def _looks(self, toy: Toy) -> AsyncGenerator[Finding]:
        household = await self._store.household.get()
        yield Finding(Check.STOP, household.emergency_stopped_at is None, household.stop_reason)
        yield Finding(Check.QUIET, not household.quiet)
        yield Finding(Check.PAUSE, not toy.paused)
        refused = (await self._play.of_toy(toy)).refused
        yield Finding(Check.LIMITS, refused is None, refused or "")
        yield Finding(Check.DISK, not self._health.disk_is_full)
        guard = self._health.guard
        yield Finding(Check.GUARD, guard.ok, "; ".join(each.problem for each in guard.impaired))
        home = self._home(toy)
        yield _device(home)
        turns = await self._store.turns.recent(TURNS_LOOKED_AT, toy.id)
        heard = next((turn for turn in turns if turn.sound is not None and not turn.tried), None)
        hint = heard.sound.hint if heard and heard.sound else ""
        muted = home is not None and home.settings.mute
        said = "it is switched off" if muted else hint
        yield Finding(Check.MICROPHONE, not said, said, key=home.key if home else "")
        for stands in await self._providers.standing(toy):
            yield Finding(
                KINDS[stands.kind],
                not stands.problem,
                stands.problem or stands.chosen,
                "" if stands.answers == stands.chosen else stands.answers,
            )
        last = turns[0] if turns else None
        failed = last is not None and last.state is TurnState.FAILED
        yield Finding(
            Check.LAST_TALK,
            not failed,
            last.error if last and failed else "",
            key=last.conversation_id if last else "",
        )

    def _home(self, toy: Toy) -> Satellite | None:
        """The device that it lives in; of several one that is there."""
        homes = [each for each in self._devices.list() if each.adopted and each.toy_id == toy.id]
        return min(homes, key=lambda home: home.state in GONE, default=None)


def _device(home: Satellite | None) -> Finding:
    if home is None:
        return Finding(Check.DEVICE, ok=False)
    return Finding(
        Check.DEVICE,
        home.state not in GONE,
        home.name + (f": {home.state_detail}" if home.state_detail else ""),
        key=home.key,
    )
