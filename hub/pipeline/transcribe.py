"""Recognising alone, without a turn: the whole of a sound to words, for who runs a pipeline of their own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.household import Freight, LedgerKind
from hub.domain.safety import Direction
from hub.domain.talk import Transcript
from hub.domain.toys import Toy
from hub.errors import DataError, PommaiError, ProviderError, ProviderTimeoutError
from hub.pipeline.keep_refusal import keep_refusal
from hub.pipeline.services import TurnServices
from hub.pipeline.utterance import Utterance
from hub.providers.base import Stt
from hub.safety.outgoing import Shipment

log = structlog.get_logger()


async def transcribe(
    services: TurnServices, toy: Toy, audio: AsyncIterable[PcmChunk]
) -> Transcript:
    """The words in `audio`, at 16 kHz, by the toy's first recogniser that works; "" where there are none.

    The words come as they are, also those that the guard refuses; what it says of them is on the disk before.
    Raises, in a group where `audio` fails, ProviderError or DataError.
    """
    transcript = await _recognise(services, toy, audio)
    if transcript.text:
        policy = services.guard.policy_for(toy)
        verdict = await services.guard.check_child(transcript.text, policy)
        await keep_refusal(services, toy, transcript.text, verdict, Direction.CHILD)
    return transcript


async def _recognise(
    services: TurnServices, toy: Toy, audio: AsyncIterable[PcmChunk]
) -> Transcript:
    """The first recogniser begins with the sound; the others get the whole of it, in turn."""
    stts = await services.providers.stt(toy)
    utterance = Utterance()
    timeout_s = services.settings.stt_timeout_s
    problem: PommaiError = ProviderError("no recogniser is set up: see `pommai-hub doctor`")
    async with asyncio.TaskGroup() as tasks:
        first = [tasks.create_task(_attempt(services, stt, toy, utterance)) for stt in stts[:1]]
        async for chunk in audio:
            utterance.append(chunk)
        utterance.close()
        for number, stt in enumerate(stts):
            try:
                async with services.clock.timeout(timeout_s):
                    outcome = await (
                        _attempt(services, stt, toy, utterance) if number else first[0]
                    )
            except TimeoutError:
                outcome = ProviderTimeoutError(f"{stt.name}: no transcript within {timeout_s:g} s")
            if isinstance(outcome, Transcript):
                return outcome
            log.warning("recogniser failed", provider=stt.name, error=str(outcome))
            problem = outcome
    raise problem


async def _attempt(
    services: TurnServices, stt: Stt, toy: Toy, utterance: Utterance
) -> Transcript | PommaiError:
    """The final transcript; an error as a value, as it may come while the sound still does."""
    try:
        async with (
            services.outgoing.sending(stt, LedgerKind.STT, Freight.AUDIO, 0) as shipment,
            aclosing(
                stt.transcribe(_carried(utterance, shipment), language=toy.language)
            ) as transcripts,
        ):
            async for transcript in transcripts:
                if transcript.final:
                    shipment.used = True
                    return transcript
    except (ProviderError, DataError) as error:  # DataError: nothing may leave the house now
        return error
    return ProviderError(f"{stt.name}: ended without a final transcript")


async def _carried(audio: AsyncIterable[PcmChunk], shipment: Shipment) -> AsyncGenerator[PcmChunk]:
    """`audio`, each chunk counted before it goes."""
    async for chunk in audio:
        await shipment.carry(len(chunk.data))
        yield chunk
