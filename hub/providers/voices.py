"""Which voices a provider has: one interface for the pages, whichever provider it is.

A voice provider that can tell is a `VoiceCatalogue` beside a `Tts`; one whose voices can be heard
beforehand is a `VoicePreviews`, one that can make a voice of a recording a `VoiceCloning`:

    tts = load(ProviderKind.TTS, "elevenlabs", config)
    if isinstance(tts, VoiceCatalogue):
        voices = await tts.voices()
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from hub.domain.consent import Consent


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One voice. `id` is what `Voice.name` and the settings take."""

    id: str
    name: str
    """For people."""
    language: str = ""
    """As the provider says it, e.g. "en", "en-gb"; "" where it speaks many or doesn't say."""
    preview_url: str | None = None
    """Where a sample lies; `VoicePreviews.preview` fetches it, so that no browser goes there."""
    installed: bool = True
    """False where it must be fetched first: `pommai-hub models get ID`."""


@runtime_checkable
class VoiceCatalogue(Protocol):
    async def voices(self) -> list[VoiceInfo]:
        """All of them, in an order fit for a list. Raises ProviderError."""
        ...


@runtime_checkable
class VoicePreviews(Protocol):
    async def preview(self, voice_id: str) -> bytes:
        """A short sample as MP3. Raises ProviderError where there is none."""
        ...


@runtime_checkable
class VoiceCloning(Protocol):
    async def clone(self, name: str, samples: Sequence[bytes], consent: Consent) -> str:
        """Makes a voice of WAV or MP3 recordings; gives its id. The caller keeps `consent` before.

        Raises RefusedError without a full consent, ProviderError where it fails.
        """
        ...
