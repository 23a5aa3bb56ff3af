"""How an adopted satellite is now, for the pages and commands: its link, what it told last, what it may not do."""

from dataclasses import replace
from typing import Final

from hub.domain.clock import Clock
from hub.domain.toys import Pairing, Satellite, SatelliteState
from hub.voice.links import Links
from hub.voice.news import News
from hub.voice.sightings import Sightings
from hub.voice.silence import Silence
from hub.voice.turn import Turns
from hub.voice.updates import Updates

NOT_SILENCED: Final = "it has not heard of the stop yet, and may say the lines that it carries"

TALKS: Final = {
    SatelliteState.ONLINE,
    SatelliteState.LISTENING,
    SatelliteState.THINKING,
    SatelliteState.SPEAKING,
}


class Live:
    """`of` adds to what is on the disk."""

    def __init__(
        self,
        turns: Turns,
        links: Links,
        sightings: Sightings,
        silence: Silence,
        news: News,
        updates: Updates,
        clock: Clock,
    ) -> None:
        self._turns = turns
        self._links = links
        self._sightings = sightings
        self._silence = silence
        self._news = news
        self._updates = updates
        self._clock = clock

    def of(self, satellite: Satellite) -> Satellite:
        key = satellite.key
        link = self._links.get(key)
        if link is None:
            return replace(satellite, state=SatelliteState.CONNECTING)
        seen = self._sightings.by_key().get(key)
        waits = seen is not None and seen.pairing is Pairing.OPEN
        if satellite.certificate and waits and not link.in_charge:
            satellite = replace(satellite, pairing=Pairing.OPEN)
        last_seen = self._clock.now() if link.in_charge else satellite.last_seen
        silenced = self._turns.stopped and link.state in TALKS
        state = SatelliteState.STOPPED if silenced else link.state
        detail = link.detail
        if satellite.certificate and state is SatelliteState.AWAY and self._silence.may_talk(key):
            detail = f"{detail}; {NOT_SILENCED}"
        return replace(
            satellite,
            state=state,
            state_detail=detail,
            last_seen=last_seen,
            vitals=self._news.vitals.get(key),
            software=self._updates.running.get(key),
            update=self._updates.updates.get(key),
            interruptible=link.is_ours if link.in_charge else None,
        )
