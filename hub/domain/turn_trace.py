"""What was measured of a turn, in JSON: no word that was said, so that it can be shown to somebody who helps."""

from dataclasses import asdict
from typing import Any

from hub.domain.talk import Turn
from hub.domain.toys import Toy


def trace_of(turn: Turn, toy: Toy | None) -> dict[str, Any]:
    """Times are in milliseconds after the end of speech. `toy` is the turn's, None when it is gone."""
    sound = asdict(turn.sound) | {"hint": turn.sound.hint} if turn.sound else None
    return {
        "id": turn.id,
        "toy": toy.name if toy else "",
        "source": turn.source,
        "started_at": turn.started_at.isoformat(timespec="milliseconds"),
        "state": turn.state,
        "error": turn.error,
        "refused": [verdict.category for verdict in turn.verdicts if not verdict.allowed],
        "timings_ms": turn.timings_ms,
        "spans": [asdict(span) for span in turn.spans],
        "sound": sound,
        "tokens_in": turn.tokens_in,
        "tokens_out": turn.tokens_out,
        "audio_in_ms": round(turn.audio_in_ms),
        "audio_out_ms": round(turn.audio_out_ms),
    }
