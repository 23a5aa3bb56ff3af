"""Quiet time, and toys that a parent paused: nobody is listened to, and who tries is told so kindly."""

from collections.abc import AsyncIterable, Awaitable, Callable

from hub.domain.audio import PcmChunk
from hub.domain.household import Household
from hub.domain.toys import Toy
from hub.pipeline.endpoint import Endpointer, EndpointSettings, Mark
from hub.pipeline.events import SpeechStarted, TurnEvent
from hub.pipeline.services import TurnServices

STALL_S = 5.0
"""A microphone that sends nothing for so long has stopped."""


def is_quiet(toy: Toy, household: Household) -> bool:
    return toy.paused or household.quiet


async def spoke(
    services: TurnServices,
    audio: AsyncIterable[PcmChunk],
    emit: Callable[[TurnEvent], Awaitable[None]],
) -> bool:
    """Whether anybody spoke, once they have finished; no recogniser is asked what it was."""
    settings = services.settings
    ears = Endpointer(
        await services.new_vad(),
        EndpointSettings(silence_ms=settings.silence_ms, max_ms=1000 * settings.max_s),
    )
    chunks = aiter(audio)
    waited_ms = 0.0
    while ears.speaking or waited_ms < 1000 * settings.no_speech_s:
        try:
            async with services.clock.timeout(STALL_S):
                chunk = await anext(chunks)
        except (StopAsyncIteration, TimeoutError):
            break
        waited_ms += chunk.duration_ms
        for item in ears.push(chunk):
            if item is Mark.START:
                await emit(SpeechStarted())
            elif item is Mark.END:
                return True
    return ears.speaking
