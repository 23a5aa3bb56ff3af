"""The doctor's ears and mouth: how the microphone hears, and whether it hears the speaker."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

from satellite.clock import Clock
from satellite.doctor.finding import Finding, fail, ok, warn
from satellite.doctor.levels import Levels, chirp, hears_chirp, level_db, samples_of
from satellite.errors import DeviceError
from satellite.microphone import Microphone
from satellite.pcm import RATE_HZ, bytes_for
from satellite.pipe import Take
from satellite.speaker import Speaker

LISTEN_S: Final = 3.0
_LISTEN_BYTES: Final = bytes_for(round(1000 * LISTEN_S), RATE_HZ)
BEFORE_S: Final = 0.3
AFTER_S: Final = 1.0
"""How much later than it is played the chirp may come in, through slow sound cards."""
QUIET_DB: Final = -60.0
"""A voice at an arm's length is some 30 dB above this."""
NOISY_DB: Final = -35.0
STOP_IT: Final = (
    "while the toy runs it has it: sudo systemctl stop pommai-satellite, and start it after"
)


async def examine_microphone(
    microphone: Microphone, meter: Callable[[float], None]
) -> tuple[Finding, bool]:
    """Listens for LISTEN_S; `meter` is told each chunk's level. Also says whether sound came at all."""
    heard = bytearray()
    enough = asyncio.Event()

    def take(chunk: bytes) -> None:
        if not enough.is_set():
            heard.extend(chunk)
            meter(level_db(samples_of(chunk)))
        if len(heard) >= _LISTEN_BYTES:
            enough.set()

    try:
        await _while_listening(microphone, take, enough.wait())
    except DeviceError as error:
        return fail("microphone", str(error), _advice(error, "arecord -L", "--mic")), False
    return _judged(Levels.of(bytes(heard))), True


def _judged(levels: Levels) -> Finding:
    text = f"room at {levels.floor_db:.0f} dB, loudest {levels.loudest_db:.0f} dB"
    if levels.dead:
        return fail(
            "microphone",
            "gives nothing but silence",
            "is it muted (alsamixer, F4), or another card's? arecord -L lists them",
        )
    if levels.clipped > 0.001:
        return warn(
            "microphone",
            f"{text}, {100 * levels.clipped:.1f} % clipped",
            "too loud: turn its gain down in alsamixer (F4)",
        )
    if levels.floor_db > NOISY_DB:
        return warn(
            "microphone",
            f"{text}: noisy",
            "a loud room, a fan, or too much gain (alsamixer, F4); words drown in it",
        )
    if levels.loudest_db < QUIET_DB:
        return warn(
            "microphone",
            f"{text}: very quiet",
            "speak while it listens; if this stays, turn its gain up in alsamixer (F4)",
        )
    return ok("microphone", f"{text}, nothing clipped")


async def examine_speaker(speaker: Speaker, microphone: Microphone | None, clock: Clock) -> Finding:
    """Plays a chirp; with a microphone that works, listens for it."""
    heard = bytearray()
    opened = asyncio.Event()

    def take(chunk: bytes) -> None:
        heard.extend(chunk)
        opened.set()

    async def play() -> None:
        if microphone is not None:
            await opened.wait()  # it listens now, however slowly it opens
        await _play(speaker, clock)

    try:
        await _while_listening(microphone, take, play())
    except DeviceError as problem:
        return fail("speaker", str(problem), _advice(problem, "aplay -L", "--speaker"))
    finally:
        await speaker.stop()
    if microphone is None:
        return warn("speaker", "played a chirp", "listen yourself: three rising tones")
    if hears_chirp(bytes(heard)):
        return ok("speaker", "played a chirp, and the microphone heard it")
    return warn(
        "speaker",
        "played a chirp that the microphone didn't hear",
        "did you? if not, see its wires and its volume (alsamixer, F3); aplay -L lists cards",
    )


async def _while_listening(
    microphone: Microphone | None, take: Take, doing: Coroutine[None, None, object]
) -> None:
    """Ends with `doing`. Raises DeviceError."""
    try:
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(microphone.hear(take)) if microphone else None
            await tasks.create_task(doing)
            if hearing is not None:
                hearing.cancel()
    except* DeviceError as errors:
        problem = errors.exceptions[0]
    else:
        return
    raise problem


def _advice(problem: Exception, program: str, option: str) -> str:
    if "in use" in str(problem):
        return STOP_IT
    return f"{program} lists what there is; --hardware or {option} names one"


async def _play(speaker: Speaker, clock: Clock) -> None:
    await clock.sleep(BEFORE_S)
    pcm = chirp()
    await speaker.start(RATE_HZ)
    await speaker.write(pcm)
    await clock.sleep(len(pcm) / 2 / RATE_HZ)
    await speaker.finish()
    await clock.sleep(AFTER_S)
