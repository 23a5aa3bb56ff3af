"""What one of our own toys tells beside turns, read and passed on."""

from typing import Protocol

from wyoming.event import Event

from hub.errors import LinkError
from hub.voice.desk import Desk
from satellite import wire_home, wire_ours, wire_pack
from satellite.wire import WireError
from satellite.wire_home import Emergency, Report
from satellite.wire_pack import Offline


class Told(Protocol):
    """Who hears what a satellite of ours tells of itself."""

    def obeys(self) -> None:
        """It may be ordered about from now on."""
        ...

    def vitals(self, report: Report) -> None: ...

    def emergency(self, call: Emergency) -> None:
        """Somebody at the satellite wants all toys to be silent; to be acknowledged."""
        ...

    def absence(self, told: Offline) -> None:
        """What it said by itself; to be acknowledged."""
        ...


def pass_on(event: Event, desk: Desk, told: Told) -> None:
    """Other events are passed over. Raises LinkError."""
    match event.type:
        case wire_home.DONE:
            desk.answered(event)
        case wire_home.REPORT:
            told.vitals(Report.from_data(event.data))
        case wire_pack.OFFLINE:
            told.absence(_offline(event))
        case wire_ours.EVENT if event.data.get("kind") == wire_home.EMERGENCY:
            told.emergency(Emergency.from_event(event))


def _offline(event: Event) -> Offline:
    """Raises LinkError."""
    try:
        return Offline.from_event(event)
    except WireError as error:
        raise LinkError(str(error)) from error
