"""Wyoming's own events as far as a toy says and hears them: their names, and how those that it says are made.

The wyoming package has a class for each kind, and to load those takes a sixth of a toy's start. Here it gives `Event`
alone; `tests/satellite/test_wyoming_events.py` holds the rest against its classes.
"""

from collections.abc import Mapping
from typing import Final

from wyoming.event import Event

from satellite.wire.opus import RATE_HZ
from satellite.wire.stream import WireError

DESCRIBE: Final = "describe"
INFO: Final = "info"
PING: Final = "ping"
PONG: Final = "pong"
ERROR: Final = "error"
RUN_SATELLITE: Final = "run-satellite"
PAUSE_SATELLITE: Final = "pause-satellite"
DETECTION: Final = "detection"
RUN_PIPELINE: Final = "run-pipeline"
VOICE_STARTED: Final = "voice-started"
VOICE_STOPPED: Final = "voice-stopped"
TRANSCRIPT: Final = "transcript"
AUDIO_START: Final = "audio-start"
AUDIO_CHUNK: Final = "audio-chunk"
AUDIO_STOP: Final = "audio-stop"
PLAYED: Final = "played"
TIMER_FINISHED: Final = "timer-finished"
OF_A_TURN: Final = (VOICE_STOPPED, TRANSCRIPT, AUDIO_START)
"""What a hub says of the turn that listens or has just been heard."""

SAMPLE_BYTES: Final = 2
"""Samples are 16-bit, little-endian."""
_FORM: Final = {"rate": RATE_HZ, "width": SAMPLE_BYTES, "channels": 1, "timestamp": None}
_OTHER_SERVICES: Final = ("asr", "tts", "handle", "intent", "wake", "mic", "snd")


def ping(text: str) -> Event:
    return Event(PING, {"text": text})


def pong(text: str | None) -> Event:
    """With the ping's text."""
    return Event(PONG, {"text": text})


def error(text: str, code: str) -> Event:
    return Event(ERROR, {"text": text, "code": code})


def detection(word: str) -> Event:
    """A wake word was heard."""
    return Event(DETECTION, {"name": word, "timestamp": None, "speaker": None})


def run_pipeline() -> Event:
    """What will be said is to be understood and answered aloud."""
    return Event(RUN_PIPELINE, {"start_stage": "asr", "end_stage": "tts", "restart_on_end": False})


def audio_start() -> Event:
    return Event(AUDIO_START, dict(_FORM))


def form_of(audio_start: Event) -> tuple[int, int]:
    """Rate in Hz and channels of the sound that follows. Raises WireError for what a toy can't play."""
    rate, width, channels = (audio_start.data.get(key) for key in ("rate", "width", "channels"))
    if (
        type(rate) is type(channels) is int
        and 8_000 <= rate <= 48_000
        and width == SAMPLE_BYTES
        and channels in (1, 2)
    ):
        return rate, channels
    raise WireError("audio-start: must be 16-bit PCM, mono or stereo, at 8000 to 48000 Hz")


def audio_chunk(pcm: bytes) -> Event:
    return Event(AUDIO_CHUNK, _FORM, pcm)


def audio_stop() -> Event:
    return Event(AUDIO_STOP, {"timestamp": None})


def played(data: Mapping[str, object]) -> Event:
    return Event(PLAYED, dict(data))


def satellite_info(
    name: str, description: str, version: str, *, has_vad: bool, more: Mapping[str, object]
) -> Event:
    """`more` goes beside what Wyoming knows of a satellite."""
    satellite = {
        "name": name,
        "attribution": {"name": "Pommai", "url": ""},
        "installed": True,
        "description": description,
        "version": version,
        "area": None,
        "has_vad": has_vad,
        "active_wake_words": None,
        "max_active_wake_words": None,
        "supports_trigger": None,
    }
    none: dict[str, list[object]] = {kind: [] for kind in _OTHER_SERVICES}
    return Event(INFO, none | {"satellite": {**satellite, **more}})
