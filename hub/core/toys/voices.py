"""The voices that toys speak with: those to choose from, how they sound, and copies of a person's voice.

For a copy the person's consent is kept first, then their recordings go out.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog

from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.toys import AUTO, Toy, Voice
from hub.errors import NotFoundError, ProviderError, RefusedError
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import (
    LATENCY,
    SoundFormats,
    VoiceCatalogue,
    VoiceCloning,
    VoiceInfo,
    VoicePreviews,
    VoiceSetting,
    VoiceSettings,
)
from hub.providers.pool import Providers
from hub.safety.guard import Guard, Line
from hub.storage.store import Store
from hub.translation import gettext as _

__all__ = [
    "LATENCY",
    "MAX_RECORDINGS",
    "MAX_RECORDING_BYTES",
    "VoiceInfo",
    "VoiceOffer",
    "VoiceSetting",
    "Voices",
]

log = structlog.get_logger()

MAX_RECORDINGS = 3
MAX_RECORDING_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class VoiceOffer:
    """What one provider has for a toy."""

    voices: Sequence[VoiceInfo]
    """Those that can be used at once, the copies that were made from here first; empty where it doesn't tell."""
    formats: Sequence[str] = ()
    """How its sound may be sent, see `Voice.format`."""
    settings: Sequence[VoiceSetting] = ()
    """That its voices take."""
    max_recordings: int = 0
    """That a person's voice is copied from; 0: it copies none."""

    @property
    def latency_steps(self) -> int:
        """How far the setting `LATENCY` of its voices goes; 0 where they take none."""
        return next((round(each.most) for each in self.settings if each.name == LATENCY), 0)


class Voices:
    """Those of one household's providers."""

    def __init__(
        self, store: Store, guard: Guard, providers: Providers, pipeline: Pipeline, clock: Clock
    ) -> None:
        self._store = store
        self._guard = guard
        self._providers = providers
        self._pipeline = pipeline
        self._clock = clock

    async def of(self, toy: Toy) -> Sequence[VoiceInfo]:
        """Those that it could have; empty where its provider doesn't tell."""
        return await self._providers.voices(toy)

    async def at_hand(self) -> Sequence[str]:
        """Providers that this household lets speak for any toy."""
        return await self._providers.tts_names(Toy("", ""))

    async def offered(self, provider: str) -> VoiceOffer:
        """What that provider has. Raises ProviderError."""
        found = await self._providers.voice_provider(provider)
        listed = await found.voices() if isinstance(found, VoiceCatalogue) else []
        ours = {
            kept.voice_id: kept.voice_name
            for kept in await self._store.voice_consents.list()
            if kept.provider == provider and kept.voice_id and not kept.withdrawn_at
        }
        others = [voice for voice in listed if voice.installed and voice.id not in ours]
        formats = found if isinstance(found, SoundFormats) else None
        cloner = found if isinstance(found, VoiceCloning) else None
        return VoiceOffer(
            [*(VoiceInfo(voice_id, name) for voice_id, name in ours.items()), *others],
            formats.formats if formats else (),
            found.voice_settings if isinstance(found, VoiceSettings) else (),
            min(MAX_RECORDINGS, cloner.max_samples) if cloner else 0,
        )

    async def preview(self, provider: str, voice_id: str) -> bytes:
        """The provider's own sample of a voice, as MP3: for that no words are sent. b"" where it has none."""
        found = await self._providers.voice_provider(provider)
        if not isinstance(found, VoicePreviews):
            return b""
        try:
            return await found.preview(voice_id)
        except ProviderError as error:
            log.info("no sample of a voice", provider=provider, error=str(error))
            return b""

    async def given_to(self, toy: Toy, voice: Voice) -> Toy:
        """`toy` with that voice, whose provider is asked first from now on, in the place of the one that was."""
        tts = toy.providers.tts
        if voice.provider != await self.speaker(toy):
            others = tuple(name for name in tts[1:] if name != voice.provider)
            tts = (voice.provider, *(others or (AUTO,)))
        return replace(toy, voice=voice, providers=replace(toy.providers, tts=tts))

    async def speaker(self, toy: Toy) -> str:
        """The provider that is asked first to speak for the toy."""
        return (await self._providers.tts_names(toy))[0]

    async def provider_of(self, toy: Toy) -> str:
        """The provider whose voice it has; others of its list speak with their usual one."""
        own = toy.voice.provider
        return own if own in toy.providers.tts else await self.speaker(toy)

    async def sample(self, toy: Toy, text: str = "", by: str = "") -> AsyncGenerator[PcmChunk]:
        """How the toy sounds, at 16 kHz: with `text`, as far as the guard lets it, or else a fixed sentence.

        With `by`, it raises ProviderError where another provider would speak in place of that one.
        """
        if not text:
            policy = self._guard.policy_for(toy)
            text = (await self._guard.lines(Line.THINKING, policy, toy.language))[0].text

        async def pieces() -> AsyncGenerator[str]:
            yield text

        async with aclosing(self._pipeline.read_aloud(toy, pieces(), by)) as sound:
            async for chunk in sound:
                yield chunk

    async def cloner(self, toy: Toy) -> str:
        """The provider that speaks first for the toy, where it can copy a person's voice now; else ""."""
        return await self._providers.cloner_name(toy)

    async def clone(
        self, toy_id: str, name: str, recordings: Sequence[bytes], consent: Consent
    ) -> Toy:
        """The toy speaks with a copy of that person's voice from now on; consent and ledger are on the disk before."""
        _check(recordings, consent)
        toy = await self._toy(toy_id)
        provider = await self.cloner(toy)
        if not provider:
            raise RefusedError(
                _(
                    "no voice can be copied for %(name)s: name a provider that can first in [tts] "
                    "use, such as elevenlabs, and set its key",
                    name=toy.name,
                )
            )
        cloner = await self._providers.cloner(provider)
        number = await self._store.voice_consents.add(
            VoiceConsent(consent, provider, name, len(recordings))
        )
        entry = LedgerEntry(
            at=self._clock.now(),
            kind=LedgerKind.CLONING,
            provider=provider,
            what=ContentKind.AUDIO,
            amount=sum(map(len, recordings)),
            discarded=True,
        )
        row = await self._store.ledger.open(entry)
        voice_id = await cloner.clone(name, recordings, consent)
        await self._store.voice_consents.made(number, voice_id)
        await self._store.ledger.settle(row, entry.amount, 0, discarded=False)
        toy = await self._toy(toy_id)  # as it is by now: that took a while
        return await self._store.toys.save(replace(toy, voice=Voice(voice_id, provider=provider)))

    async def _toy(self, toy_id: str) -> Toy:
        toy = await self._store.toys.get(toy_id)
        if toy is None:
            raise NotFoundError(_("this toy is not here any more"))
        return toy


def _check(recordings: Sequence[bytes], consent: Consent) -> None:
    if not consent.who.strip() or not consent.text.strip():
        raise RefusedError(_("a voice is copied only with who agreed, and to which words"))
    if not 0 < len(recordings) <= MAX_RECORDINGS:
        raise RefusedError(_("choose 1 to %(most)s recordings of the voice", most=MAX_RECORDINGS))
    for recording in recordings:
        if len(recording) > MAX_RECORDING_BYTES:
            most_mb = MAX_RECORDING_BYTES // 1_000_000
            raise RefusedError(
                _(
                    "a recording is too big: choose files of at most %(most_mb)s MB each",
                    most_mb=most_mb,
                )
            )
        if not _is_wav(recording) and not _is_mp3(recording):
            raise RefusedError(_("a recording is neither WAV nor MP3: choose files of these kinds"))


def _is_wav(recording: bytes) -> bool:
    return recording[:4] == b"RIFF" and recording[8:12] == b"WAVE"


def _is_mp3(recording: bytes) -> bool:
    frame_begins = recording[:1] == b"\xff" and len(recording) > 1 and recording[1] & 0xE0 == 0xE0
    return recording.startswith(b"ID3") or frame_begins
