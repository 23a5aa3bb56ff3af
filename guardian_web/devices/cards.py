"""A device in a parent's words, ready for the templates: its state, its link, and its software's update."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypedDict

from aiohttp import web

from guardian_web.limits.standing import Standing, standings
from guardian_web.talks.cards import Tone
from hub.core.hub import Hub
from hub.domain.household import Household
from hub.domain.toys import ANY_VOICE, Pairing, Satellite, SatelliteState, Toy, UpdateStep
from hub.translation import gettext as _
from hub.translation import marked

AT_EASE = Household()
"""Nothing is stopped, and it is not quiet time."""

STATE_WORDS: Mapping[SatelliteState, str] = {
    SatelliteState.FOUND: marked("Found"),
    SatelliteState.CONNECTING: marked("Connecting"),
    SatelliteState.ONLINE: marked("Ready"),
    SatelliteState.LISTENING: marked("Listening"),
    SatelliteState.THINKING: marked("Thinking"),
    SatelliteState.SPEAKING: marked("Speaking"),
    SatelliteState.STOPPED: marked("Stopped"),
    SatelliteState.AWAY: marked("Away"),
    SatelliteState.ERROR: marked("Needs help"),
}

RESTING = marked("Resting")
"""Its limits let nobody talk with it now; it says so."""

LINK_WORDS: Mapping[Pairing, str] = {
    Pairing.NONE: marked("not encrypted"),
    Pairing.CLOSED: marked("not paired"),
    Pairing.OPEN: marked("waiting for its code"),
    Pairing.ELSEWHERE: marked("paired with another hub"),
    Pairing.PAIRED: marked("paired, encrypted"),
}

STEP_WORDS = {
    UpdateStep.OFFERED: "",
    UpdateStep.SENDING: marked(
        "It is being sent, in between talks. You can go on talking with the toy."
    ),
    UpdateStep.WAITING: marked(
        "The connection was lost before all of it had arrived. The rest follows when the toy is back."
    ),
    UpdateStep.INSTALLING: marked("All of it has arrived. The toy is checking and unpacking it."),
    UpdateStep.STARTING: marked(
        "The toy is starting with it. If that fails, it goes back to the old version by itself."
    ),
    UpdateStep.FAILED: "",
}


OUT_OF_REACH = {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.ERROR}


@dataclass(frozen=True, slots=True)
class SatelliteCard:
    satellite: Satellite
    slug: str
    """Fit for an element's id, and the same each time."""
    toy: str
    state: str
    """The one that counts: a toy that is stopped or paused is not also ready."""
    tone: Tone
    later: str
    """What holds once it is in touch with the hub again; "" where it is, or nothing does."""
    live: bool
    """In touch with the hub now."""
    link: str
    """Whether others in the network could listen."""

    @property
    def streams(self) -> str:
        """What its microphone may be open for; "" where that is a button or a word alone."""
        if self.satellite.pairing is not Pairing.NONE or not self.satellite.room_heard_by:
            return ""
        if self.satellite.room_heard_by == ANY_VOICE:
            return _("May send the room’s sound all the time")
        return _("Sends the room’s sound all the time")

    @property
    def takes_updates(self) -> bool:
        return self.satellite.pairing is Pairing.PAIRED and bool(self.satellite.firmware)

    @property
    def update_step(self) -> str:
        update = self.satellite.update
        return STEP_WORDS[update.step] if update else ""


def satellite_card(
    satellite: Satellite,
    toys: Iterable[Toy],
    household: Household = AT_EASE,
    play: Mapping[str, Standing] = MappingProxyType({}),
) -> SatelliteCard:
    """`play` as in `ToysValues`: a toy that is at rest by its limits is not simply ready."""
    toy = next((toy for toy in toys if toy.id == satellite.toy_id), None)
    held = _held_back(satellite, toy, household) if satellite.adopted else ""
    tone = Tone.GOOD
    if satellite.state in {SatelliteState.AWAY, SatelliteState.CONNECTING, SatelliteState.FOUND}:
        tone = Tone.QUIET
    elif satellite.state is SatelliteState.ERROR:
        tone = Tone.TROUBLE
    elif held or satellite.state is SatelliteState.STOPPED:
        tone = Tone.CARE
    away = satellite.state in OUT_OF_REACH
    state = STATE_WORDS[satellite.state] if away or not held else held
    stands = play.get(satellite.toy_id or "")
    if satellite.state is SatelliteState.ONLINE and not held and stands and stands.today.refused:
        state, tone = RESTING, Tone.QUIET
    return SatelliteCard(
        satellite=satellite,
        slug=hashlib.sha256(satellite.key.encode()).hexdigest()[:12],
        toy=toy.name if toy else "",
        state=state,
        tone=tone,
        later=held if away else "",
        live=satellite.adopted and (tone in {Tone.GOOD, Tone.CARE} or state == RESTING),
        link=_link_words(satellite),
    )


def _link_words(satellite: Satellite) -> str:
    link = LINK_WORDS[satellite.pairing]
    if satellite.interruptible is False:
        return _("%(link)s, can’t be interrupted", link=link)
    return link


def _held_back(satellite: Satellite, toy: Toy | None, household: Household) -> str:
    """Why it doesn't answer although it could; "" where it may."""
    if household.emergency_stopped_at:
        return _("Stopped")
    if toy and toy.archived:
        return _("Archived")
    if toy and toy.paused:
        return _("Paused")
    if household.quiet:
        return _("Quiet time")
    return _("Microphone off") if satellite.settings.mute else ""


class ToysValues(TypedDict):
    """What `_toys.html` shows: the toys, and the devices that they live in or could."""

    toys: Sequence[Toy]
    satellites: Sequence[SatelliteCard]
    homeless: Sequence[Toy]
    play: Mapping[str, Standing]
    """How it stands with each toy's limits, by its id."""
    may_begin_quiet: bool


async def toys_values(hub: Hub) -> ToysValues:
    everyone = await hub.toys.list(archived=True)
    toys = [toy for toy in everyone if not toy.archived]
    household = await hub.household.get()
    play = await standings(hub, toys)
    satellites = [satellite_card(s, everyone, household, play) for s in hub.devices.list()]
    homes = [each.satellite.toy_id for each in satellites]
    satellites.sort(key=lambda each: homes.index(each.satellite.toy_id))  # a toy's side by side
    homeless = [t for t in toys if all(s.satellite.toy_id != t.id for s in satellites)]
    return {
        "toys": toys,
        "satellites": satellites,
        "homeless": homeless,
        "play": play,
        "may_begin_quiet": not household.quiet and not household.emergency_stopped_at,
    }


async def device_card(hub: Hub, slug: str) -> SatelliteCard:
    """Raises HTTPNotFound."""
    toys = await hub.toys.list(archived=True)
    household = await hub.household.get()
    for satellite in hub.devices.list():
        card = satellite_card(satellite, toys, household)
        if satellite.adopted and card.slug == slug:
            return card
    raise web.HTTPNotFound(text=_("There is no such device."))
