"""One device's software: the version that it runs, and its update to the hub's own, as it goes."""

from dataclasses import dataclass

from aiohttp import web

from guardian_web.cards import SatelliteCard, satellite_card
from guardian_web.guardian_hub import GuardianHub
from hub.domain.toys import Pairing, UpdateStep

STEP_WORDS = {
    UpdateStep.OFFERED: "",
    UpdateStep.SENDING: "It is being sent, between talks. The toy can be talked with meanwhile.",
    UpdateStep.WAITING: "The toy went before it had all of it, and gets the rest when it is back.",
    UpdateStep.INSTALLING: "All of it has come; the toy checks and unpacks it.",
    UpdateStep.STARTING: "The toy starts with it. If it does not come up, the toy takes its old one again.",
    UpdateStep.FAILED: "",
}
SHORT = 16
"""Digits of a hash that a person compares."""


async def device_card(hub: GuardianHub, slug: str) -> SatelliteCard:
    """Raises HTTPNotFound."""
    toys = await hub.toys()
    for satellite in await hub.satellites():
        card = satellite_card(satellite, toys)
        if satellite.adopted and card.slug == slug:
            return card
    raise web.HTTPNotFound(text="There is no such device.")


@dataclass(frozen=True, slots=True)
class SoftwareView:
    """What `_software.html` shows beside the card."""

    known: bool
    running: str
    """The hash of what it runs, as far as people compare it; "" for what was installed."""
    step: str
    may_begin: bool


def software_of(card: SatelliteCard) -> SoftwareView:
    satellite, update = card.satellite, card.satellite.update
    return SoftwareView(
        known=satellite.pairing is Pairing.PAIRED and bool(satellite.firmware),
        running=(satellite.software or "")[:SHORT],
        step=STEP_WORDS[update.step] if update else "",
        may_begin=update is not None and update.step in (UpdateStep.OFFERED, UpdateStep.FAILED),
    )
