"""The household, its toys and its alerts, put into the API's words."""

from collections.abc import Mapping, Sequence

from guardian_web.api import models
from guardian_web.guardian_hub import GuardianHub
from hub.domain.api import ToyUse
from hub.domain.safety import Alert
from hub.domain.toys import Pairing, Satellite, SatelliteState, Toy

GONE = {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.ERROR}


async def household_of(hub: GuardianHub) -> models.Household:
    settings = await hub.family.household()
    health = await hub.health()
    guard = hub.guard_health()
    return models.Household(
        stopped=settings.emergency_stopped_at is not None,
        stopped_at=settings.emergency_stopped_at,
        stop_reason=settings.stop_reason,
        quiet=settings.quiet,
        status=health["status"],
        guard=models.GuardState(
            ok=guard.ok, impaired=sorted(layer.layer for layer in guard.impaired)
        ),
        problems=[f"{name}: {why}" for name, why in health["providers"]["problems"].items()],
    )


async def toys_of(hub: GuardianHub) -> models.Toys:
    satellites = await hub.satellites()
    used = await hub.use_today()
    return models.Toys(toys=[_toy(toy, satellites, used) for toy in await hub.toys()])


def home_of(toy: Toy, satellites: Sequence[Satellite]) -> Satellite | None:
    """The device that a toy lives in; of several, one that is there."""
    homes = [s for s in satellites if s.adopted and s.toy_id == toy.id]
    return min(homes, key=lambda home: home.state in GONE, default=None)


def _toy(toy: Toy, satellites: Sequence[Satellite], used: Mapping[str, ToyUse]) -> models.Toy:
    home = home_of(toy, satellites)
    use = used.get(toy.id, ToyUse())
    return models.Toy(
        id=toy.id,
        name=toy.name,
        language=toy.language,
        safety_level=toy.safety_level,
        paused=toy.paused,
        state=home.state if home else "none",
        state_detail=home.state_detail if home else "",
        last_active=use.last_active,
        minutes_today=round(use.minutes_today, 2),
        device=_device(home) if home else None,
    )


def _device(satellite: Satellite) -> models.Device:
    ours = bool(satellite.certificate)
    settings = satellite.settings
    return models.Device(
        id=satellite.key,
        name=satellite.name,
        hardware=satellite.hardware,
        firmware=satellite.firmware,
        encrypted=satellite.pairing is Pairing.PAIRED,
        volume=settings.volume if ours else None,
        volume_cap=settings.volume_cap if ours else None,
        muted=settings.mute if ours else None,
    )


def alert_of(alert: Alert) -> models.Alert:
    """Without what the guard stopped, and without what a parent noted."""
    return models.Alert(
        id=alert.id,
        revision=alert.revision,
        level=alert.level,
        category=alert.category,
        title=alert.title,
        at=alert.at,
        toy_id=alert.toy_id,
        acknowledged_at=alert.acknowledged_at,
        count=alert.count,
    )
