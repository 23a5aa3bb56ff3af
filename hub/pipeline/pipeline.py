"""Where turns begin: everything that can talk to a toy does it through here, and can be stopped here."""

from hub.domain.safety import SafeText
from hub.domain.toys import Toy
from hub.pipeline.brake import Brake
from hub.pipeline.parents_words import checked
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.turn import RunningTurn


class Pipeline:
    """Begins turns, unless the emergency stop is on."""

    def __init__(self, services: TurnServices) -> None:
        self._services = services
        self._brake = Brake()

    def turn(self, ask: Ask) -> RunningTurn:
        """Raises StoppedError while the emergency stop is on."""
        self._brake.check()
        return RunningTurn(self._services, ask, self._brake)

    async def checked(self, toy: Toy, text: str) -> SafeText:
        """A parent's words, for an `Ask.line`. Raises RefusedError for what the guard refuses."""
        return await checked(self._services, toy, text)

    def check(self) -> None:
        """Raises StoppedError while the emergency stop is on."""
        self._brake.check()

    @property
    def stopped(self) -> bool:
        return self._brake.on

    def stop(self) -> None:
        """End every turn now, and let none begin: whoever reads one gets a StoppedError at once."""
        self._brake.pull()

    def resume(self) -> None:
        """Turns may begin again."""
        self._brake.release()
