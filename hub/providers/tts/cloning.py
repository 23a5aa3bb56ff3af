"""What every provider that copies a person's voice asks for before a recording leaves."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.consent import Consent
from hub.errors import RefusedError

MAX_NAME_CHARACTERS = 100


def check_cloning(
    name: str,
    samples: Sequence[bytes],
    consent: Consent,
    now: datetime,
    *,
    max_samples: int,
    max_sample_bytes: int,
) -> None:
    """Raises RefusedError where the consent is not complete, or the recordings are too many or big."""
    if not consent.who.strip() or not consent.text.strip() or not consent.when.tzinfo:
        raise RefusedError("a voice is cloned only with who agreed, when, and to which words")
    if consent.when > now:
        raise RefusedError("the consent to clone this voice lies in the future")
    if not 0 < len(samples) <= max_samples or max(map(len, samples)) > max_sample_bytes:
        how_many = "one recording" if max_samples == 1 else f"1 to {max_samples} recordings"
        raise RefusedError(
            f"a voice is cloned from {how_many} of at most {max_sample_bytes / 1e6:.0f} MB each"
        )
    if not 0 < len(name.strip()) <= MAX_NAME_CHARACTERS:
        raise RefusedError(f"a voice's name has 1 to {MAX_NAME_CHARACTERS} characters")


def file_of(sample: bytes, number: int = 1) -> tuple[str, bytes, str]:
    """A file's name, the recording, and its media type: WAV or MP3."""
    if sample.startswith(b"RIFF"):
        return f"sample-{number}.wav", sample, "audio/wav"
    return f"sample-{number}.mp3", sample, "audio/mpeg"
