"""A device in a parent's words, ready for the templates: its state, its link, and its software's update."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from aiohttp import web

from guardian_web.talks.cards import Tone, toy_name
from hub.core.hub import Hub
from hub.domain.toys import ANY_VOICE, Pairing, Satellite, SatelliteState, Toy, UpdateStep

STATE_WORDS: Mapping[SatelliteState, str] = {
    SatelliteState.FOUND: "Found",
    SatelliteState.CONNECTING: "Connecting",
    SatelliteState.ONLINE: "Ready",
    SatelliteState.LISTENING: "Listening",
    SatelliteState.THINKING: "Thinking",
    SatelliteState.SPEAKING: "Speaking",
    SatelliteState.STOPPED: "Stopped",
    SatelliteState.AWAY: "Away",
    SatelliteState.ERROR: "Needs help",
}

LINK_WORDS: Mapping[Pairing, str] = {
    Pairing.NONE: "not encrypted",
    Pairing.CLOSED: "not paired",
    Pairing.OPEN: "waiting for its code",
    Pairing.ELSEWHERE: "paired with another hub",
    Pairing.PAIRED: "paired, encrypted",
}

STEP_WORDS = {
    UpdateStep.OFFERED: "",
    UpdateStep.SENDING: "It is being sent, in between talks. You can go on talking with the toy.",
    UpdateStep.WAITING: "The connection was lost before all of it had arrived. The rest follows when the toy is back.",
    UpdateStep.INSTALLING: "All of it has arrived. The toy is checking and unpacking it.",
    UpdateStep.STARTING: "The toy is starting with it. If that fails, it goes back to the old version by itself.",
    UpdateStep.FAILED: "",
}


@dataclass(frozen=True, slots=True)
class SatelliteCard:
    satellite: Satellite
    slug: str
    """Fit for an element's id, and the same each time."""
    toy: str
    state: str
    tone: Tone
    live: bool
    """In touch with the hub now."""
    link: str
    """Whether others in the network could listen."""

    @property
    def streams(self) -> str:
        """What its microphone may be open for; "" where that is a button or a word alone."""
        if self.satellite.pairing is not Pairing.NONE or not self.satellite.room_heard_by:
            return ""
        may = "May send" if self.satellite.room_heard_by == ANY_VOICE else "Sends"
        return f"{may} the room’s sound all the time"

    @property
    def takes_updates(self) -> bool:
        return self.satellite.pairing is Pairing.PAIRED and bool(self.satellite.firmware)

    @property
    def update_step(self) -> str:
        update = self.satellite.update
        return STEP_WORDS[update.step] if update else ""


def satellite_card(satellite: Satellite, toys: Iterable[Toy]) -> SatelliteCard:
    tone = Tone.GOOD
    if satellite.state in {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.FOUND}:
        tone = Tone.QUIET
    elif satellite.state is SatelliteState.ERROR:
        tone = Tone.TROUBLE
    elif satellite.state is SatelliteState.STOPPED:
        tone = Tone.CARE
    return SatelliteCard(
        satellite=satellite,
        slug=hashlib.sha256(satellite.key.encode()).hexdigest()[:12],
        toy=toy_name(satellite.toy_id, toys),
        state=STATE_WORDS[satellite.state],
        tone=tone,
        live=satellite.adopted and tone in {Tone.GOOD, Tone.CARE},
        link=LINK_WORDS[satellite.pairing]
        + (", can’t be interrupted" if satellite.interruptible is False else ""),
    )


class ToysValues(TypedDict):
    """What `_toys.html` shows: the toys, and the devices that they live in or could."""

    toys: Sequence[Toy]
    satellites: Sequence[SatelliteCard]
    homeless: Sequence[Toy]


async def toys_values(hub: Hub) -> ToysValues:
    toys = await hub.toys.list()
    satellites = [satellite_card(s, toys) for s in hub.devices.list()]
    homeless = [t for t in toys if all(s.satellite.toy_id != t.id for s in satellites)]
    return {"toys": toys, "satellites": satellites, "homeless": homeless}


async def device_card(hub: Hub, slug: str) -> SatelliteCard:
    """Raises HTTPNotFound."""
    toys = await hub.toys.list()
    for satellite in hub.devices.list():
        card = satellite_card(satellite, toys)
        if satellite.adopted and card.slug == slug:
            return card
    raise web.HTTPNotFound(text="There is no such device.")
