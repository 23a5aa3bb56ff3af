"""Where turns begin: everything that can talk to a toy does it through here, and can be stopped here."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing

from hub.domain.audio import PcmChunk
from hub.domain.safety import SafeText
from hub.domain.talk import Transcript
from hub.domain.toys import Toy
from hub.pipeline.brake import Brake
from hub.pipeline.carried import Carried, carried_by, sounds_of
from hub.pipeline.parents_words import checked
from hub.pipeline.read_aloud import read_aloud
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.transcribe import transcribe
from hub.pipeline.turn import RunningTurn
from hub.safety.guard import Line


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

    async def transcribe(self, toy: Toy, audio: AsyncIterable[PcmChunk]) -> Transcript:
        """Recognising alone, as in `hub.pipeline.transcribe`. Raises StoppedError, too."""
        self._brake.check()
        return await transcribe(self._services, toy, audio)

    async def read_aloud(self, toy: Toy, pieces: AsyncIterable[str]) -> AsyncGenerator[PcmChunk]:
        """Somebody else's text, as in `hub.pipeline.read_aloud`; the stop cuts it, with StoppedError."""
        self._brake.check()
        async with aclosing(read_aloud(self._services, toy, pieces)) as sound:
            async for chunk in sound:
                self._brake.check()
                yield chunk

    async def carried_by(self, toy: Toy) -> Carried:
        """The lines that it says where it can't reach the hub. Raises ProviderError."""
        return await carried_by(self._services, toy)

    def sounds_of(self, toy: Toy, carried: Carried) -> AsyncIterator[tuple[Line, bytes]]:
        """Their sound, 16 kHz. Raises ProviderError, DataError."""
        return sounds_of(self._services, toy, carried)

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
