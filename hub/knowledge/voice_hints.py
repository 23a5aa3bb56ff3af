"""Who it may be that speaks, by the voice: with it a toy asks "Is that you, Lucy?", and it decides nothing.

Off unless a parent agreed for a child. It learns from what was said to a shared toy while it was known who spoke;
kept is a mean of numbers, and no sound. Children's voices are alike and change, and nobody has measured this on
them: hence a question and never an answer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NoReturn

import numpy as np
import structlog

from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.clock import Clock
from hub.domain.family.voice_hints import MOST_UTTERANCES, VoiceHint
from hub.errors import DataError, ModelError
from hub.providers.listening.voice_model import Embeds, Floats
from hub.storage.store import Store

log = structlog.get_logger()

SHORTEST_S: Final = 1.0
"""Of sound in which a voice is looked for."""
MAX_GUESS_S: Final = 0.3
"""A guess that takes longer is none; it is begun when the words are there, beside all else."""
LIKE: Final = 0.5
"""Cosine from which on it may be the same voice: WeSpeaker's own thresholds for grown-ups are about 0.3 to 0.5."""
CLEARER: Final = 0.1
"""By so much a child's voice must be nearer than the next one's."""
UNLIKE: Final = 0.2
"""What is less like what is known already is not learned: somebody else speaks."""
SOME_UTTERANCES: Final = 3
"""From so many on."""
MAX_WAITING: Final = 4
"""Utterances to learn from; the next is left out."""


class VoiceHints:
    """`run` learns from what `hear` hands it, while nobody waits for it."""

    def __init__(self, store: Store, model: Embeds, model_name: str, clock: Clock) -> None:
        self._store = store
        self._model = model
        self._model_name = model_name
        self._clock = clock
        self._heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(MAX_WAITING)

    async def guess(self, pcm: bytes, hints: Sequence[VoiceHint]) -> str | None:
        """The id of the child whose voice is in `pcm` (16 bits, 16 kHz); None where it is not clear, or not in time."""
        known = [hint for hint in hints if hint.is_learned and hint.model == self._model_name]
        if not known or _is_short(pcm):
            return None
        try:
            async with self._clock.timeout(MAX_GUESS_S):
                voice = await self._model.embed(pcm)
        except (ModelError, TimeoutError) as error:
            log.info("no guess by the voice", error=str(error) or "it takes too long")
            return None
        likeness = sorted(((_likeness(voice, hint), hint.child_id) for hint in known), reverse=True)
        nearest, child_id = likeness[0]
        next_one = likeness[1][0] if len(likeness) > 1 else -1.0
        return child_id if nearest >= LIKE and nearest - next_one >= CLEARER else None

    def hear(self, child_id: str, pcm: bytes) -> None:
        """`pcm` is this child's voice, as somebody said."""
        if not _is_short(pcm) and not self._heard.full():
            self._heard.put_nowait((child_id, pcm))

    async def run(self) -> NoReturn:
        """Until cancelled."""
        while True:
            child_id, pcm = await self._heard.get()
            try:
                await self.learn(child_id, pcm)
            except (ModelError, DataError) as error:
                log.info("a voice is not learned", error=str(error))

    async def learn(self, child_id: str, pcm: bytes) -> None:
        """Where a parent agreed, and it is not known well enough. Raises ModelError, DataError."""
        for hint in await self._store.voice_hints.of([child_id]):
            if hint.utterances >= MOST_UTTERANCES and hint.model == self._model_name:
                continue
            voice = await self._model.embed(pcm)
            so_far = _numbers(hint)
            if hint.model != self._model_name or so_far.shape != voice.shape:
                so_far, hint = np.zeros_like(voice), replace(hint, utterances=0)
            elif hint.utterances >= SOME_UTTERANCES and _likeness(voice, hint) < UNLIKE:
                continue
            mean = (so_far * hint.utterances + voice) / (hint.utterances + 1)
            await self._store.voice_hints.learn(
                replace(
                    hint,
                    model=self._model_name,
                    voice=mean.astype("<f4").tobytes(),
                    utterances=hint.utterances + 1,
                )
            )


def _is_short(pcm: bytes) -> bool:
    return len(pcm) < SHORTEST_S * SPEECH_RATE_HZ * SAMPLE_BYTES


def _numbers(hint: VoiceHint) -> Floats:
    return np.frombuffer(hint.voice, "<f4")


def _likeness(voice: Floats, hint: VoiceHint) -> float:
    """Cosine; -1 where they can't be compared."""
    mean = _numbers(hint)
    length = float(np.linalg.norm(mean))
    return float(voice @ mean) / length if mean.shape == voice.shape and length else -1.0
