"""Quiet time, and toys that a parent paused: nobody is listened to, and who tries is told so kindly."""

from contextlib import aclosing

from hub.domain.household import Household
from hub.domain.toys import Toy
from hub.pipeline.context import TurnContext
from hub.pipeline.events import SpeechStarted
from hub.pipeline.listen.endpoint import Endpointer, EndpointSettings, SpeechMark, speech_in


def is_quiet(toy: Toy, household: Household) -> bool:
    return toy.paused or household.quiet


async def spoke(context: TurnContext) -> bool:
    """Whether anybody spoke, once they have finished; no recogniser is asked what it was."""
    services, audio = context.services, context.ask.audio
    if audio is None:
        return False
    settings = services.settings
    endpointer = Endpointer(
        await services.new_vad(),
        EndpointSettings(silence_ms=settings.silence_ms, max_ms=1000 * settings.max_s),
    )
    heard = speech_in(audio, endpointer, services.clock, settings.no_speech_s)
    async with aclosing(heard) as speech:
        async for item in speech:
            if item is SpeechMark.START:
                await context.emit(SpeechStarted())
    return endpointer.speaking
