"""Whether toys may guess by a child's voice that it speaks: a parent agrees, sees how far it is, and erases it."""

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from hub.core.models import Fetching, Models
from hub.domain.clock import Clock
from hub.domain.family.voice_hints import AGREED_TO, VoiceHint
from hub.errors import NotFoundError, RefusedError
from hub.providers.models.models import VOICE_MODEL, find_model, voice_model
from hub.storage.store import Store
from hub.translation import gettext as _

MODEL_MB: Final = find_model(VOICE_MODEL).size_mb
"""Of the network by which voices are compared."""

log = structlog.get_logger()


class VoiceHintChoices:
    """Those of one household's children."""

    def __init__(self, store: Store, models: Models, data: Path, clock: Clock) -> None:
        self._store = store
        self._models = models
        self._model = voice_model(data)
        self._clock = clock

    async def has_model(self) -> bool:
        """Whether the network is on this machine."""
        return await asyncio.to_thread(self._model.is_file)

    @property
    def fetching(self) -> Fetching | None:
        """How far the network is on its way, or how that ended; None where it is not."""
        state = self._models.state
        return state if state and state.name == VOICE_MODEL else None

    async def list(self) -> Sequence[VoiceHint]:
        """Of the children for whom a parent agreed, the oldest first."""
        return await self._store.voice_hints.list()

    async def of(self, child_id: str) -> VoiceHint | None:
        """None: it is off."""
        return next(iter(await self._store.voice_hints.of([child_id])), None)

    async def agree(self, child_id: str) -> None:
        """From now on their voice is learned; the network for it is fetched, if missing. Raises NotFoundError."""
        if await self._store.children.get(child_id) is None:
            raise NotFoundError(_("there is no such child: they were removed meanwhile"))
        now = self._clock.now()
        await self._store.voice_hints.agree(
            VoiceHint(uuid.uuid4().hex, child_id, now, _(AGREED_TO))
        )
        if not await self.has_model():
            try:
                await self._models.fetch(VOICE_MODEL)
            except RefusedError as error:  # another is on its way: a parent asks again
                log.info("the voice model is not fetched now", error=str(error))

    async def erase(self, child_id: str) -> None:
        """It is off from now on, and what was learned is gone from the disk."""
        await self._store.voice_hints.erase(child_id)
