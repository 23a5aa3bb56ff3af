"""The doctor's checks of sound: how the microphone hears, and whether it hears the speaker."""

import asyncio
import math
from array import array
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final

from satellite.audio.microphone import AudioSource
from satellite.audio.pcm import CHUNK_MS, RATE_HZ, bytes_for
from satellite.audio.program import Take
from satellite.audio.prompts import tone
from satellite.audio.speaker import AudioSink
from satellite.clock import Clock
from satellite.doctor.finding import CheckResult, fail, ok, warn
from satellite.errors import DeviceError

FULL_SCALE: Final = 32_768
SILENCE_DB: Final = -96.0
"""What a level in dBFS is at least."""
TONES_HZ: Final = (660.0, 990.0, 1320.0)
TONE_MS: Final = 200
_WINDOW: Final = RATE_HZ // 10


def level_db(samples: Sequence[int]) -> float:
    """The effective level in dBFS."""
    power = sum(sample * sample for sample in samples) / max(len(samples), 1)
    if not power:
        return SILENCE_DB
    return max(10 * math.log10(power) - 20 * math.log10(FULL_SCALE), SILENCE_DB)


@dataclass(frozen=True)
class Levels:
    """Of a recording, in dBFS."""

    floor_db: float
    """Its quietest tenth: the room and the microphone's own noise."""
    loudest_db: float
    clipped: float
    """Share of samples at the end of the scale, 0 to 1."""
    dead: bool
    """Every sample is the same."""

    @classmethod
    def of(cls, pcm: bytes) -> "Levels":
        samples = array("h", pcm)
        size = RATE_HZ * CHUNK_MS // 1000
        levels = sorted(level_db(samples[at : at + size]) for at in range(0, len(samples), size))
        clipped = sum(1 for sample in samples if abs(sample) >= FULL_SCALE - 2)
        return cls(
            floor_db=levels[len(levels) // 10],
            loudest_db=levels[-1],
            clipped=clipped / len(samples),
            dead=min(samples) == max(samples),
        )


def chirp() -> bytes:
    """Three rising tones, a quarter as loud as can be."""
    return b"".join(tone(hertz, TONE_MS / 1000, FULL_SCALE // 4) for hertz in TONES_HZ)


def hears_chirp(pcm: bytes) -> bool:
    """Whether the chirp's tones are in the recording, one after the other."""
    samples = array("h", pcm)
    windows = [samples[at : at + _WINDOW] for at in range(0, len(samples) - _WINDOW + 1, _WINDOW)]
    strongest = 0
    for tone_hz in TONES_HZ:
        shares = [_share(window, tone_hz) for window in windows[strongest:]]
        if not shares or max(shares) < 0.3:
            return False
        strongest += shares.index(max(shares))
    return True


def _share(window: Sequence[int], tone_hz: float) -> float:
    """How much of the window's energy is one tone, 0 to 1, by Goertzel's algorithm."""
    factor = 2 * math.cos(2 * math.pi * tone_hz / RATE_HZ)
    before, last, energy = 0.0, 0.0, 0
    for sample in window:
        before, last = last, sample + factor * last - before
        energy += sample * sample
    power = before * before + last * last - factor * before * last
    return 2 * power / (len(window) * energy) if energy else 0.0


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
    microphone: AudioSource, meter: Callable[[float], None]
) -> tuple[CheckResult, bool]:
    """Listens for LISTEN_S; `meter` is told each chunk's level. Also says whether sound came at all."""
    heard = bytearray()
    enough = asyncio.Event()

    def take(chunk: bytes) -> None:
        if not enough.is_set():
            heard.extend(chunk)
            meter(level_db(array("h", chunk)))
        if len(heard) >= _LISTEN_BYTES:
            enough.set()

    try:
        await _while_listening(microphone, take, enough.wait())
    except DeviceError as error:
        return fail("microphone", str(error), _advice(error, "arecord -L", "--mic")), False
    return _judged(Levels.of(bytes(heard))), True


def _judged(levels: Levels) -> CheckResult:
    text = f"room at {levels.floor_db:.0f} dB, loudest {levels.loudest_db:.0f} dB"
    if levels.dead:
        advice = "is it muted (alsamixer, F4), or another card's? arecord -L lists them"
        return fail("microphone", "gives nothing but silence", advice)
    if levels.clipped > 0.001:
        advice = "too loud: turn its gain down in alsamixer (F4)"
        return warn("microphone", f"{text}, {100 * levels.clipped:.1f} % clipped", advice)
    if levels.floor_db > NOISY_DB:
        advice = "a loud room, a fan, or too much gain (alsamixer, F4); words drown in it"
        return warn("microphone", f"{text}: noisy", advice)
    if levels.loudest_db < QUIET_DB:
        advice = "speak while it listens; if this stays, turn its gain up in alsamixer (F4)"
        return warn("microphone", f"{text}: very quiet", advice)
    return ok("microphone", f"{text}, nothing clipped")


async def examine_speaker(
    speaker: AudioSink, microphone: AudioSource | None, clock: Clock
) -> CheckResult:
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
    advice = "did you? if not, see its wires and its volume (alsamixer, F3); aplay -L lists cards"
    return warn("speaker", "played a chirp that the microphone didn't hear", advice)


async def _while_listening(
    microphone: AudioSource | None, take: Take, doing: Coroutine[None, None, object]
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


async def _play(speaker: AudioSink, clock: Clock) -> None:
    await clock.sleep(BEFORE_S)
    pcm = chirp()
    await speaker.start(RATE_HZ)
    await speaker.write(pcm)
    await clock.sleep(len(pcm) / 2 / RATE_HZ)
    await speaker.finish()
    await clock.sleep(AFTER_S)
