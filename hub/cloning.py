"""A toy's voice copied from a person's recordings: their consent is kept first, then the sound goes out."""

from collections.abc import Sequence
from dataclasses import replace

from hub.domain.clock import Clock
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.household import Freight, LedgerEntry, LedgerKind
from hub.domain.toys import Toy
from hub.errors import NotFoundError, RefusedError
from hub.providers.pool import Providers
from hub.storage.store import Store

RECORDINGS_MOST = 3
RECORDING_MOST_BYTES = 10_000_000


class Cloning:
    """Errors are `PommaiError`s with one line for a person."""

    def __init__(self, store: Store, providers: Providers, clock: Clock) -> None:
        self._store = store
        self._providers = providers
        self._clock = clock

    async def by(self, toy: Toy) -> str:
        """The provider that speaks first for the toy, where it can copy a voice now; else ""."""
        return await self._providers.cloner_name(toy)

    async def clone(
        self, toy_id: str, name: str, recordings: Sequence[bytes], consent: Consent
    ) -> Toy:
        """Makes the voice and gives it to the toy; consent and ledger are on the disk before."""
        _check(recordings, consent)
        toy = await self._toy(toy_id)
        provider = await self.by(toy)
        if not provider:
            raise RefusedError(
                f"no voice can be copied for {toy.name}: name a provider that can first in "
                "[tts] use, such as elevenlabs, and set its key"
            )
        cloner = await self._providers.cloner(provider)
        number = await self._store.voice_consents.add(
            VoiceConsent(consent, provider, name, len(recordings))
        )
        entry = LedgerEntry(
            at=self._clock.now(),
            kind=LedgerKind.CLONING,
            provider=provider,
            what=Freight.AUDIO,
            amount=sum(map(len, recordings)),
            discarded=True,
        )
        row = await self._store.ledger.open(entry)
        voice_id = await cloner.clone(name, recordings, consent)
        await self._store.voice_consents.made(number, voice_id)
        await self._store.ledger.settle(row, entry.amount, 0, discarded=False)
        toy = await self._toy(toy_id)  # as it is by now: that took a while
        return await self._store.toys.save(replace(toy, voice=replace(toy.voice, name=voice_id)))

    async def _toy(self, toy_id: str) -> Toy:
        toy = await self._store.toys.get(toy_id)
        if toy is None:
            raise NotFoundError("this toy is not here any more")
        return toy


def _check(recordings: Sequence[bytes], consent: Consent) -> None:
    if not consent.who.strip() or not consent.text.strip():
        raise RefusedError("a voice is copied only with who agreed, and to which words")
    if not 0 < len(recordings) <= RECORDINGS_MOST:
        raise RefusedError(f"choose 1 to {RECORDINGS_MOST} recordings of the voice")
    for recording in recordings:
        if len(recording) > RECORDING_MOST_BYTES:
            most_mb = RECORDING_MOST_BYTES // 1_000_000
            raise RefusedError(f"a recording is too big: choose files of at most {most_mb} MB each")
        if not _is_wav(recording) and not _is_mp3(recording):
            raise RefusedError("a recording is neither WAV nor MP3: choose files of these kinds")


def _is_wav(recording: bytes) -> bool:
    return recording[:4] == b"RIFF" and recording[8:12] == b"WAVE"


def _is_mp3(recording: bytes) -> bool:
    frame_begins = recording[:1] == b"\xff" and len(recording) > 1 and recording[1] & 0xE0 == 0xE0
    return recording.startswith(b"ID3") or frame_begins
