"""What a toy and a hub of ours say beyond Wyoming, once each knows that the other understands it.

The toy's `info` says so (`satellite.pommai.protocol`), then the hub with `pommai-hello`, before `run-satellite`.
Nothing of this is ever sent to another peer.
"""

from collections.abc import Collection, Mapping
from typing import Final

from wyoming.event import Event

from satellite.wire import opus
from satellite.wire.stream import WireError

PROTOCOL: Final = 1
HELLO: Final = "pommai-hello"

OPUS: Final = "opus"
PCM: Final = "pcm"

EVENT: Final = "pommai-event"
"""The toy tells what happened to it: `kind`."""
MIC_BACK: Final = "mic-back"

INTERRUPT: Final = "pommai-interrupt"
"""The toy fell silent amid a reply: `played_samples` of it were heard, and `by` what it was cut."""
INTERRUPTS: Final = ("tap", "voice", "word", "command")

LULLS: Final = "lulls"
"""Of an `audio-start`: what follows puts a child to bed, so the light is dimmed and nobody is listened to after it."""
MAX_SKIPPED_SAMPLES: Final = 960
"""Samples before a reply in frames begins: more than any encoder looks ahead."""


SAMPLE_BYTES: Final = 2
"""Of a reply that is no Opus: 16-bit, little-endian."""


def hello(audio: str = PCM) -> Event:
    return Event(HELLO, {"protocol": PROTOCOL, "audio": audio})


def offer(*, encrypted: bool) -> dict[str, object]:
    """What a toy's `info` holds under `pommai`; Opus goes over an encrypted link alone."""
    compressed = encrypted and not opus.problem()
    return {"protocol": PROTOCOL, "audio": [OPUS, PCM] if compressed else [PCM]}


def understands(about: Mapping[str, object]) -> bool:
    """`about` is a hub's hello, or what an `info` holds under `pommai`."""
    return about.get("protocol") == PROTOCOL


def speaks_opus(about: Mapping[str, object]) -> bool:
    """Whether that hello chose Opus, or that offer has it; never without libopus here."""
    audio = about.get("audio")
    named = audio if isinstance(audio, Collection) and not isinstance(audio, str) else (audio,)
    return understands(about) and OPUS in named and not opus.problem()


def skipped_by(audio_start: Event) -> int:
    """How many samples of a reply in frames come before its sound. Raises WireError."""
    samples = audio_start.data.get("skip", 0)
    if type(samples) is int and 0 <= samples <= MAX_SKIPPED_SAMPLES:
        return samples
    raise WireError(f"audio-start: skip must be a number of samples up to {MAX_SKIPPED_SAMPLES}")


def form_of(audio_start: Event) -> tuple[int, int]:
    """Rate in Hz and channels of the sound that follows. Raises WireError for what a toy can't play."""
    rate, width, channels = (audio_start.data.get(key) for key in ("rate", "width", "channels"))
    if (
        type(rate) is type(channels) is int
        and 8_000 <= rate <= 48_000
        and (width, channels) in ((SAMPLE_BYTES, 1), (SAMPLE_BYTES, 2))
    ):
        return rate, channels
    raise WireError("audio-start: must be 16-bit PCM, mono or stereo, at 8000 to 48000 Hz")
