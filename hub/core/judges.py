"""The judges that a parent put beside the guard's own layers: what they take at home, or which one would suit."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.config import Config
from hub.domain.talks.trace import Span, Work
from hub.egress.remote_checks import RemoteLayer
from hub.providers.moderation.advice import JudgeAdvice, judge_advice
from hub.storage.store import Store

__all__ = ["JudgeAdvice", "JudgeUse", "Judges"]

MAX_TURNS: Final = 200
"""The newest are looked at."""


@dataclass(frozen=True, slots=True)
class JudgeUse:
    """What one of them took in the household's last turns."""

    name: str
    added: bool
    """It may only tighten, and the others judge strictly where it is late; else it must agree."""
    limit_ms: float
    asked: int
    """How many lines and clauses it was asked about."""
    missed: int
    """How many times it was late or gave no verdict."""
    half_ms: float
    """Half of its answers were there by then; 0 where there was none."""
    slow_ms: float
    """Nineteen of twenty."""


class Judges:
    def __init__(self, config: Config, store: Store, layers: Sequence[RemoteLayer]) -> None:
        self._config = config
        self._store = store
        self._layers = layers

    async def advice(self) -> JudgeAdvice:
        """What to do for a second judge on this machine."""
        return await judge_advice(self._config)

    async def uses(self) -> list[JudgeUse]:
        """Of each one that is chosen, as the last turns' spans tell. Raises DataError."""
        turns = await self._store.turns.recent(MAX_TURNS) if self._layers else []
        spans = [span for turn in turns for span in turn.spans if span.work is Work.JUDGE]
        return [
            _use(layer, [span for span in spans if span.provider == layer.name])
            for layer in self._layers
        ]


def _use(layer: RemoteLayer, spans: Sequence[Span]) -> JudgeUse:
    took_ms = sorted(
        span.end_ms - span.start_ms for span in spans if span.end_ms is not None and not span.failed
    )
    return JudgeUse(
        layer.name,
        layer.added,
        1000 * layer.timeout_s,
        asked=len(spans),
        missed=sum(span.failed for span in spans),
        half_ms=statistics.median(took_ms) if took_ms else 0.0,
        slow_ms=took_ms[(19 * len(took_ms) - 1) // 20] if took_ms else 0.0,
    )
