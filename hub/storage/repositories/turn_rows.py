"""Turns to table rows and back; what machines report is shortened to what fits."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hub.domain.limits import (
    MAX_DESCRIPTION_CHARS,
)
from hub.domain.safety import (
    AlertLevel,
    Category,
    Verdict,
)
from hub.domain.talk import Turn, TurnState
from hub.domain.trace import SoundCheck, Span, Work
from hub.storage.entries import (
    MAX_DETAIL_CHARS,
    MAX_HEARD_CHARS,
    Row,
    cut,
)

MAX_CLAUSES = 500
MAX_SPANS = 500


def turn_to_row(turn: Turn) -> dict[str, Any]:
    """All but `number`, `revision` and `conversation_id`, which the store gives."""
    return {
        "id": turn.id,
        "toy_id": turn.toy_id,
        "child_id": turn.child_id,
        "satellite_key": turn.satellite_key,
        "source": turn.source,
        "started_at": turn.started_at,
        "state": turn.state.value,
        "heard": cut(turn.heard, MAX_HEARD_CHARS),
        "confidence": turn.confidence,
        "said": [cut(clause, MAX_HEARD_CHARS) for clause in turn.said[:MAX_CLAUSES]],
        "refused": [cut(clause, MAX_HEARD_CHARS) for clause in turn.refused[:MAX_CLAUSES]],
        "verdicts": [_verdict_to_json(verdict) for verdict in turn.verdicts[:MAX_CLAUSES]],
        "providers": dict(turn.providers),
        "timings_ms": dict(turn.timings_ms),
        "spans": [_span_to_json(span) for span in turn.spans[:MAX_SPANS]],
        "sound": asdict(turn.sound) if turn.sound else None,
        "tokens_in": turn.tokens_in,
        "tokens_out": turn.tokens_out,
        "audio_in_ms": turn.audio_in_ms,
        "audio_out_ms": turn.audio_out_ms,
        "error": cut(turn.error, MAX_DETAIL_CHARS),
    }


def turn_from_row(row: Row) -> Turn:
    return Turn(
        id=row["id"],
        toy_id=row["toy_id"],
        source=row["source"],
        started_at=row["started_at"],
        conversation_id=row["conversation_id"],
        child_id=row["child_id"],
        satellite_key=row["satellite_key"],
        state=TurnState(row["state"]),
        heard=row["heard"],
        confidence=row["confidence"],
        said=row["said"],
        refused=row["refused"],
        verdicts=[_verdict_from_json(verdict) for verdict in row["verdicts"]],
        providers=row["providers"],
        timings_ms=row["timings_ms"],
        spans=[Span(**fields | {"work": Work(fields["work"])}) for fields in row["spans"]],
        sound=SoundCheck(**row["sound"]) if row["sound"] else None,
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
        audio_in_ms=row["audio_in_ms"],
        audio_out_ms=row["audio_out_ms"],
        error=row["error"],
        revision=row["revision"],
    )


def _span_to_json(span: Span) -> dict[str, Any]:
    return asdict(span) | {"provider": cut(span.provider, MAX_DESCRIPTION_CHARS)}


def _verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    fields = asdict(verdict)
    for name in ("reason", "layer", "rules_version"):
        fields[name] = cut(fields[name], MAX_DETAIL_CHARS)
    return fields | {"matched": [cut(words, MAX_DETAIL_CHARS) for words in verdict.matched]}


def _verdict_from_json(fields: Mapping[str, Any]) -> Verdict:
    return Verdict(
        allowed=fields["allowed"],
        category=Category(fields["category"]),
        severity=fields["severity"],
        reason=fields["reason"],
        layer=fields["layer"],
        rules_version=fields["rules_version"],
        matched=tuple(fields["matched"]),
        alert=None if fields["alert"] is None else AlertLevel(fields["alert"]),
        look=fields.get("look", False),  # absent in what an older hub kept
    )
