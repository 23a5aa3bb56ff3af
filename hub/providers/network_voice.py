"""What all voices behind a network share: whose voice, another try before the first sound, bounds."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.clock import Clock
from hub.errors import ProviderError, ProviderRequestError, ProviderTimeoutError
from hub.providers.retry import asked_again
from hub.providers.synthesis import split

LONGEST_SPEECH_S = 120

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono 16-bit samples on their way, in pieces of any size."""

    rate_hz: int
    pieces: AsyncGenerator[bytes]


Ask = Callable[[str, AsyncExitStack], Awaitable[Sound]]
"""Asks for speech in the voice of that name. What must be closed goes on the stack. Raises ProviderErrors only."""


class NetworkVoice:
    """`timeout_s` is for the first sound and between two pieces.

    A service that makes less sound than time passes uses up the same seconds: a child would hear gaps.
    """

    def __init__(self, name: str, default: str, timeout_s: float, clock: Clock) -> None:
        self._name = name
        self._default = default
        self._timeout_s = timeout_s
        self._clock = clock
        self._refused: set[str] = set()
        """Voices of toys that the service doesn't know, such as another provider's."""

    async def sound(self, ask: Ask, voice: str) -> AsyncGenerator[PcmChunk]:
        """The speech in chunks; never begins it a second time. Raises a ProviderError of one line."""
        heard_s, rest = 0.0, b""
        async with AsyncExitStack() as stack:
            patience = _Patience(self._name, self._timeout_s, self._clock)
            sound = await patience.wait(self._begin(ask, voice, stack))
            stack.push_async_callback(sound.pieces.aclose)
            while (piece := await patience.wait(anext(sound.pieces, None))) is not None:
                piece = rest + piece
                whole = len(piece) - len(piece) % SAMPLE_BYTES
                piece, rest = piece[:whole], piece[whole:]
                seconds = whole / SAMPLE_BYTES / sound.rate_hz
                heard_s += seconds
                patience.grow(seconds)
                if heard_s > LONGEST_SPEECH_S:
                    raise ProviderError(
                        f"{self._name}: it spoke for more than {LONGEST_SPEECH_S} s; check base_url"
                    )
                for chunk in split(piece, sound.rate_hz):
                    yield chunk
        if not heard_s:
            raise ProviderError(f"{self._name}: it answered without sound; check voice and model")

    async def _begin(self, ask: Ask, voice: str, stack: AsyncExitStack) -> Sound:
        if not voice or voice in self._refused:
            voice = self._default
        try:
            return await asked_again(lambda: ask(voice, stack), self._clock)
        except ProviderRequestError:
            if voice == self._default:
                raise
        sound = await asked_again(lambda: ask(self._default, stack), self._clock)
        self._refused.add(voice)
        return sound


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
