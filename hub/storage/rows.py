"""Domain objects to table rows and back, with the bounds on what a row may hold.

What a person enters (names, personas, topics) is refused when it is too long; what machines
report (what was heard, a satellite's description) is shortened.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from hub.domain.house_rights import HouseRights, HouseTask
from hub.domain.safety import (
    SEVERITY_MAX,
    Alert,
    AlertLevel,
    Category,
    SafetyLevel,
    Verdict,
)
from hub.domain.talk import Turn, TurnState
from hub.domain.toys import (
    Child,
    Patience,
    ProviderChoice,
    Toy,
    Voice,
)
from hub.domain.trace import SoundCheck, Span, Work
from hub.errors import DataError

# Characters and counts.
NAME_MAX = 60
PERSONA_MAX = 4000
TOPICS_MAX = 50
TOPIC_MAX = 80
ROOMS_MAX = 40
NOTE_MAX = 2000
HEARD_MAX = 4000
CLAUSES_MAX = 500
SPANS_MAX = 500
DESCRIPTION_MAX = 200
DETAIL_MAX = 500

Row = RowMapping | Mapping[str, Any]


def cut(text: str, most: int) -> str:
    """At most `most` characters that every database can hold (no NUL, no lone surrogates)."""
    return text[:most].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def entered(text: str, what: str, most: int) -> str:
    """What a person typed; raises DataError when it is longer than `most` characters."""
    if len(text) > most:
        raise DataError(f"{what} has {len(text)} characters; at most {most} fit")
    return cut(text, most)


def entered_name(text: str, what: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise DataError(f"{what} is empty: give it a name")
    return entered(name, what, NAME_MAX)


def name_key(name: str) -> str:
    """What two names that a person would call the same have in common."""
    return " ".join(name.casefold().split())


def toy_to_row(toy: Toy) -> dict[str, Any]:
    """All but `paused`, which has a way of its own."""
    if len(toy.blocked_topics) > TOPICS_MAX:
        raise DataError(
            f"{toy.name} has {len(toy.blocked_topics)} blocked topics; at most {TOPICS_MAX} fit"
        )
    name = entered_name(toy.name, "a toy's name")
    return {
        "id": toy.id,
        "name": name,
        "name_key": name_key(name),
        "persona": entered(toy.persona, f"{name}'s persona", PERSONA_MAX),
        "language": entered(toy.language, f"{name}'s language", 20),
        "voice_name": entered(toy.voice.name, f"{name}'s voice", DESCRIPTION_MAX),
        "voice_settings": dict(toy.voice.settings),
        "providers": {kind: list(names) for kind, names in asdict(toy.providers).items()},
        "model": entered(toy.model, f"{name}'s model", DESCRIPTION_MAX),
        "temperature": toy.temperature,
        "max_tokens": toy.max_tokens,
        "safety_level": toy.safety_level.value,
        "blocked_topics": sorted(
            entered(topic, "a blocked topic", TOPIC_MAX) for topic in toy.blocked_topics
        ),
        "thresholds": {
            category.value: _severity(value, f"{name}'s threshold for {category}")
            for category, value in toy.thresholds.items()
        },
        "patience": toy.patience.value,
        "house_rights": _rights_to_json(toy.house_rights, name),
        "child_id": toy.child_id,
    }


def _rights_to_json(rights: HouseRights, name: str) -> dict[str, Any]:
    if len(rights.rooms) > ROOMS_MAX or len(rights.players) > ROOMS_MAX:
        raise DataError(f"{name} may ask for at most {ROOMS_MAX} rooms and as many players")
    return {
        "tasks": sorted(rights.tasks),
        "rooms": [entered_name(room, "a room's name") for room in rights.rooms],
        "players": [entered_name(player, "a player's name") for player in rights.players],
    }


def _rights_from_json(fields: Mapping[str, Any]) -> HouseRights:
    return HouseRights(
        frozenset(HouseTask(task) for task in fields.get("tasks", ())),
        tuple(fields.get("rooms", ())),
        tuple(fields.get("players", ())),
    )


def _severity(value: int, what: str) -> int:
    if not 0 <= value <= SEVERITY_MAX:
        raise DataError(f"{what} is {value}: it must be 0 to {SEVERITY_MAX}")
    return value


def toy_from_row(row: Row) -> Toy:
    return Toy(
        id=row["id"],
        name=row["name"],
        persona=row["persona"],
        language=row["language"],
        voice=Voice(row["voice_name"], row["voice_settings"]),
        providers=ProviderChoice(
            **{kind: tuple(row["providers"][kind]) for kind in row["providers"]}
        ),
        model=row["model"],
        temperature=row["temperature"],
        max_tokens=row["max_tokens"],
        safety_level=SafetyLevel(row["safety_level"]),
        blocked_topics=frozenset(row["blocked_topics"]),
        thresholds={Category(name): value for name, value in row["thresholds"].items()},
        patience=Patience(row["patience"]),
        house_rights=_rights_from_json(row["house_rights"]),
        child_id=row["child_id"],
        paused=row["paused"],
    )


def child_to_row(child: Child) -> dict[str, Any]:
    return {
        "id": child.id,
        "name": entered_name(child.name, "a child's name"),
        "birth_year": child.birth_year,
    }


def child_from_row(row: Row) -> Child:
    return Child(row["id"], row["name"], row["birth_year"])


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
        "heard": cut(turn.heard, HEARD_MAX),
        "confidence": turn.confidence,
        "said": [cut(clause, HEARD_MAX) for clause in turn.said[:CLAUSES_MAX]],
        "refused": [cut(clause, HEARD_MAX) for clause in turn.refused[:CLAUSES_MAX]],
        "verdicts": [_verdict_to_json(verdict) for verdict in turn.verdicts[:CLAUSES_MAX]],
        "providers": dict(turn.providers),
        "timings_ms": dict(turn.timings_ms),
        "spans": [_span_to_json(span) for span in turn.spans[:SPANS_MAX]],
        "sound": asdict(turn.sound) if turn.sound else None,
        "tokens_in": turn.tokens_in,
        "tokens_out": turn.tokens_out,
        "audio_in_ms": turn.audio_in_ms,
        "audio_out_ms": turn.audio_out_ms,
        "error": cut(turn.error, DETAIL_MAX),
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
    return asdict(span) | {"provider": cut(span.provider, DESCRIPTION_MAX)}


def _verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    fields = asdict(verdict)
    for name in ("reason", "layer", "rules_version"):
        fields[name] = cut(fields[name], DETAIL_MAX)
    return fields | {"matched": [cut(words, DETAIL_MAX) for words in verdict.matched]}


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
    )


def alert_to_row(alert: Alert) -> dict[str, Any]:
    """All but `number` and `revision`, which the store gives."""
    return {
        "id": alert.id,
        "level": alert.level.value,
        "category": alert.category.value,
        "title": cut(alert.title, DETAIL_MAX),
        "at": alert.at,
        "toy_id": alert.toy_id,
        "turn_id": alert.turn_id,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": entered(alert.acknowledged_by, "the name", NAME_MAX),
        "note": entered(alert.note, "the note", NOTE_MAX),
        "details": {cut(k, DETAIL_MAX): cut(v, HEARD_MAX) for k, v in alert.details.items()},
        "count": alert.count,
        "last_at": alert.last_at,
        "last_turn_id": alert.last_turn_id,
    }


def alert_from_row(row: Row) -> Alert:
    return Alert(
        id=row["id"],
        level=AlertLevel(row["level"]),
        category=Category(row["category"]),
        title=row["title"],
        at=row["at"],
        toy_id=row["toy_id"],
        turn_id=row["turn_id"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        note=row["note"],
        revision=row["revision"],
        details=row["details"],
        count=row["count"],
        last_at=row["last_at"],
        last_turn_id=row["last_turn_id"],
    )
