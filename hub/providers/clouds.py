"""The household's switch for all services outside the home at once.

Whoever is about to ask one calls `require` first: the gate before anything is noted or sent, the pool before it makes
one ready, and every server's connection before it is opened. A new switch is off, so that nothing leaves before the
household's choice was read.
"""

from hub.errors import CloudsOffError
from hub.translation import gettext as _


class CloudSwitch:
    """One for the hub, changed on the event loop's thread, and asked on any."""

    def __init__(self, *, off: bool = True) -> None:
        self._off = off

    @property
    def off(self) -> bool:
        return self._off

    def set_off(self, off: bool) -> None:
        """From now on, also for what is under way."""
        self._off = off

    def require(self, name: str) -> None:
        """Raises CloudsOffError while the switch is off; `name` is the provider that was to be asked."""
        if self._off:
            raise CloudsOffError(
                _(
                    "%(name)s: all cloud services are turned off; a guardian can allow them on the page Privacy",
                    name=name,
                )
            )
