"""Toys to table rows and back, and who is being removed; what a person entered that is too long is refused."""

from typing import Any

from sqlalchemy import Select, select

from hub.domain.kept import RemovalScope, RemovalState
from hub.domain.limits import (
    MAX_DESCRIPTION_CHARS,
    MAX_PERSONA_CHARS,
    MAX_ROOMS,
    MAX_TOPIC_CHARS,
    MAX_TOPICS,
)
from hub.domain.safety import SEVERITY_MAX
from hub.domain.toys import HomeAssistantRights, Toy, Voice
from hub.errors import DataError
from hub.storage.rows import Row, entered, entered_name, from_row, to_row
from hub.storage.schema import removals, toys


def toy_to_row(toy: Toy) -> dict[str, Any]:
    """All but `paused` and `archived`, which have ways of their own."""
    name = entered_name(toy.name, "a toy's name")
    _check_topics(toy)
    for category, value in toy.thresholds.items():
        if not 0 <= value <= SEVERITY_MAX:
            raise DataError(
                f"{name}'s threshold for {category} is {value}: it must be 0 to {SEVERITY_MAX}"
            )
    row = to_row(
        toy,
        toys,
        name=name,
        name_key=name_key(name),
        persona=entered(toy.persona, f"{name}'s persona", MAX_PERSONA_CHARS),
        language=entered(toy.language, f"{name}'s language", 20),
        voice_name=entered(toy.voice.name, f"{name}'s voice", MAX_DESCRIPTION_CHARS),
        voice_settings=toy.voice.settings,
        voice_provider=toy.voice.provider,
        voice_format=toy.voice.format,
        model=entered(toy.model, f"{name}'s model", MAX_DESCRIPTION_CHARS),
        house_rights=_entered_rights(toy.home_assistant_rights, name),
    )
    del row["paused"], row["archived"]
    return row


def toy_from_row(row: Row, child_ids: frozenset[str]) -> Toy:
    voice = Voice(
        row["voice_name"], row["voice_settings"], row["voice_provider"], row["voice_format"]
    )
    return from_row(
        Toy, row, voice=voice, home_assistant_rights=row["house_rights"], child_ids=child_ids
    )


def _check_topics(toy: Toy) -> None:
    if len(toy.blocked_topics) > MAX_TOPICS:
        raise DataError(
            f"{toy.name} has {len(toy.blocked_topics)} blocked topics; at most {MAX_TOPICS} fit"
        )
    for topic in toy.blocked_topics:
        entered(topic, "a blocked topic", MAX_TOPIC_CHARS)


def _entered_rights(rights: HomeAssistantRights, name: str) -> HomeAssistantRights:
    if len(rights.rooms) > MAX_ROOMS or len(rights.players) > MAX_ROOMS:
        raise DataError(f"{name} may ask for at most {MAX_ROOMS} rooms and as many players")
    return HomeAssistantRights(
        rights.tasks,
        tuple(entered_name(room, "a room's name") for room in rights.rooms),
        tuple(entered_name(player, "a player's name") for player in rights.players),
    )


def being_removed(scope: RemovalScope) -> Select[str]:
    """The ids of toys or children that a parent removed, and that are not gone from the disk yet."""
    return select(removals.c.which).where(
        removals.c.scope == scope, removals.c.state != RemovalState.DONE
    )


def name_key(name: str) -> str:
    """What two names that a person would call the same have in common."""
    return " ".join(name.casefold().split())
