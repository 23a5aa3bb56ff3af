"""What a person agreed to about their own voice."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """That a person agrees to a copy of their voice. It is kept before anything is sent."""

    who: str
    """The person whose voice it is."""
    when: datetime
    text: str
    """What they agreed to, word for word."""


@dataclass(frozen=True, slots=True)
class VoiceConsent:
    """A consent as it is kept, and what came of it."""

    consent: Consent
    provider: str
    """Who got the recordings."""
    voice_name: str
    recordings: int
    voice_id: str = ""
    """The copy's, at the provider; "" where none was made."""
    withdrawn_at: datetime | None = None
    """No toy has spoken with the copy since then."""
    erased_at: datetime | None = None
    """When the provider said that it deleted the copy."""
