"""What every provider that copies a person's voice asks for before a recording leaves."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain.consent import Consent
from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import ngettext

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
        raise RefusedError(_("a voice is cloned only with who agreed, when, and to which words"))
    if consent.when > now:
        raise RefusedError(_("the consent to clone this voice lies in the future"))
    if not 0 < len(samples) <= max_samples or max(map(len, samples)) > max_sample_bytes:
        raise RefusedError(
            ngettext(
                "a voice is cloned from one recording of at most %(size)s MB",
                "a voice is cloned from 1 to %(num)s recordings of at most %(size)s MB each",
                max_samples,
                size=round(max_sample_bytes / 1e6),
            )
        )
    if not 0 < len(name.strip()) <= MAX_NAME_CHARACTERS:
        raise RefusedError(
            _("a voice's name has 1 to %(most)s characters", most=MAX_NAME_CHARACTERS)
        )


def file_of(sample: bytes, number: int = 1) -> tuple[str, bytes, str]:
    """A file's name, the recording, and its media type: WAV or MP3."""
    if sample.startswith(b"RIFF"):
        return f"sample-{number}.wav", sample, "audio/wav"
    return f"sample-{number}.mp3", sample, "audio/mpeg"
