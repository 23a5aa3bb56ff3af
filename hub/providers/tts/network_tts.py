"""What all voices behind a network share: whose voice, another try before the first sound, and bounds."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TypeVar

from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.clock import Clock
from hub.domain.network_services import provider_label
from hub.domain.safety import SafeText, SafetyPolicy
from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderRequestError, ProviderTimeoutError
from hub.providers.base import ProviderSetup
from hub.providers.network.http import RemoteProvider, S
from hub.providers.network.requests import asked_again
from hub.providers.tts.synthesis import split

MAX_SPEECH_S = 120
MAX_S_A_CHARACTER = 0.5
"""The slowest voice for letters that stand for whole words takes half of it; English has 15 letters a second."""
MAX_S_BESIDE = 6.0
"""For silence before and after, and numbers that are read out."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono 16-bit samples on their way, in pieces of any size."""

    rate_hz: int
    pieces: AsyncGenerator[bytes]


class NetworkTts(RemoteProvider[S], ABC):
    """A voice that a server speaks with; a provider fills in `ask`.

    `[turn] tts_timeout_s` is for the first sound and between two pieces. A service that makes less sound than
    time passes uses up the same seconds: a child would hear gaps. A voice that the service doesn't know, such as
    another provider's, gets the `default_voice`.
    """

    name: str

    def __init__(self, server: S, what: str, default_voice: str, setup: ProviderSetup) -> None:
        super().__init__(server, what)
        self._default_voice = default_voice
        self._timeout_s = setup.config.turn.tts_timeout_s
        self._clock = setup.clock
        self._refused: set[str] = set()
        """Voices of toys that the service doesn't know."""

    @abstractmethod
    async def ask(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        """Asks for speech. What must be closed goes on the stack. Raises ProviderErrors only."""

    def parts(self, words: str) -> Sequence[str]:
        """What is asked for by itself, one after the other."""
        return [words] if words.strip() else []

    async def speak(
        self, text: SafeText, voice: Voice, policy: SafetyPolicy
    ) -> AsyncGenerator[PcmChunk]:
        """The speech in chunks; never begins it a second time. Raises a ProviderError of one line."""
        label = provider_label(self.name)
        for words in self.parts(text.words_for(policy)):
            heard_s, rest = 0.0, b""
            async with AsyncExitStack() as stack:
                patience = _Patience(label, self._timeout_s, self._clock)
                sound = await patience.wait(self._begin(words, voice, stack))
                stack.push_async_callback(sound.pieces.aclose)
                while (piece := await patience.wait(anext(sound.pieces, None))) is not None:
                    piece = rest + piece
                    whole = len(piece) - len(piece) % SAMPLE_BYTES
                    piece, rest = piece[:whole], piece[whole:]
                    seconds = whole / SAMPLE_BYTES / sound.rate_hz
                    heard_s += seconds
                    patience.grow(seconds)
                    if heard_s > max_speech_s(words):
                        raise ProviderError(
                            f"{label}: it spoke for more than {max_speech_s(words):.0f} s, "
                            f"for {len(words)} characters; choose another voice or model"
                        )
                    for chunk in split(piece, sound.rate_hz):
                        yield chunk
            if not heard_s:
                raise ProviderError(f"{label}: it answered without sound; check voice and model")

    async def _begin(self, words: str, voice: Voice, stack: AsyncExitStack) -> Sound:
        default = replace(voice, name=self._default_voice)
        if not voice.name or voice.name in self._refused:
            voice = default
        try:
            return await asked_again(lambda: self.ask(words, voice, stack), self._clock)
        except ProviderRequestError:
            if voice == default:
                raise
        sound = await asked_again(lambda: self.ask(words, default, stack), self._clock)
        self._refused.add(voice.name)
        return sound


def max_speech_s(words: str) -> float:
    """What takes longer to say is not `words`."""
    return min(MAX_SPEECH_S, MAX_S_BESIDE + MAX_S_A_CHARACTER * len(words))


class _Patience:
    """How long a service is still waited for."""

    def __init__(self, name: str, timeout_s: float, clock: Clock) -> None:
        self._name = name
        self._most_s = self._left_s = timeout_s
        self._clock = clock

    async def wait(self, what: Awaitable[T]) -> T:
        """Raises ProviderTimeoutError when nothing came while there was patience."""
        began = self._clock.monotonic()
        try:
            async with self._clock.timeout(self._left_s):
                return await what
        except TimeoutError as error:
            raise ProviderTimeoutError(
                f"{self._name}: no sound within {self._most_s:g} s; try again later"
            ) from error
        finally:
            self._left_s = max(0.0, self._left_s - (self._clock.monotonic() - began))

    def grow(self, seconds: float) -> None:
        """`seconds` of sound came."""
        self._left_s = min(self._most_s, self._left_s + seconds)
