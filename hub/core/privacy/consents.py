"""Who agreed that their voice is copied, and taking that back: the toys, and the provider, forget the copy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.domain.consent import VoiceConsent
from hub.errors import NotFoundError, PommaiError
from hub.providers.pool import Providers
from hub.storage.store import Store
from hub.translation import gettext as _

__all__ = ["Consents", "KeptConsent"]


@dataclass(frozen=True, slots=True)
class KeptConsent:
    number: int
    kept: VoiceConsent

    @property
    def copy_remains(self) -> bool:
        """The provider may still have a voice that it was to delete."""
        kept = self.kept
        return bool(kept.withdrawn_at and kept.voice_id and not kept.erased_at)


class Consents:
    """Of one household."""

    def __init__(self, store: Store, providers: Providers) -> None:
        self._store = store
        self._providers = providers

    async def list(self) -> Sequence[KeptConsent]:
        """The oldest first; those that were taken back, too."""
        numbered = await self._store.voice_consents.numbered()
        return [KeptConsent(number, kept) for number, kept in numbered]

    async def withdraw(self, number: int) -> str:
        """No toy speaks with the copy from now on, and the provider is asked to delete it.

        Gives why the copy is still there, "" where it is gone; to ask again, withdraw again. Raises NotFoundError.
        """
        consent = next((one for one in await self.list() if one.number == number), None)
        if consent is None:
            raise NotFoundError(_("this consent is not here any more"))
        await self._store.voice_consents.withdraw(number)
        voice_id, provider = consent.kept.voice_id, consent.kept.provider
        if not voice_id or consent.kept.erased_at:
            return ""
        for toy in await self._store.toys.list(archived=True):
            if toy.voice.name == voice_id:
                await self._store.toys.save(replace(toy, voice=replace(toy.voice, name="")))
        try:
            await (await self._providers.cloner(provider)).forget_clone(voice_id)
        except PommaiError as error:
            return str(error)
        await self._store.voice_consents.note_erased(number)
        return ""
