"""Toys and children to table rows and back; what a person entered that is too long is refused."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hub.domain.limits import (
    MAX_DESCRIPTION_CHARS,
    MAX_PERSONA_CHARS,
    MAX_ROOMS,
    MAX_TOPIC_CHARS,
    MAX_TOPICS,
)
from hub.domain.safety import SEVERITY_MAX, Category, SafetyLevel
from hub.domain.toys import (
    Child,
    HomeAssistantRights,
    HomeAssistantTask,
    Patience,
    ProviderChoice,
    Toy,
    Voice,
)
from hub.errors import DataError
from hub.storage.entries import Row, entered, entered_name


def toy_to_row(toy: Toy) -> dict[str, Any]:
    """All but `paused`, which has a way of its own."""
    if len(toy.blocked_topics) > MAX_TOPICS:
        raise DataError(
            f"{toy.name} has {len(toy.blocked_topics)} blocked topics; at most {MAX_TOPICS} fit"
        )
    name = entered_name(toy.name, "a toy's name")
    return {
        "id": toy.id,
        "name": name,
        "name_key": name_key(name),
        "persona": entered(toy.persona, f"{name}'s persona", MAX_PERSONA_CHARS),
        "language": entered(toy.language, f"{name}'s language", 20),
        "voice_name": entered(toy.voice.name, f"{name}'s voice", MAX_DESCRIPTION_CHARS),
        "voice_settings": dict(toy.voice.settings),
        "providers": {kind: list(names) for kind, names in asdict(toy.providers).items()},
        "model": entered(toy.model, f"{name}'s model", MAX_DESCRIPTION_CHARS),
        "temperature": toy.temperature,
        "max_tokens": toy.max_tokens,
        "safety_level": toy.safety_level.value,
        "blocked_topics": sorted(
            entered(topic, "a blocked topic", MAX_TOPIC_CHARS) for topic in toy.blocked_topics
        ),
        "thresholds": {
            category.value: _severity(value, f"{name}'s threshold for {category}")
            for category, value in toy.thresholds.items()
        },
        "patience": toy.patience.value,
        "house_rights": _rights_to_json(toy.home_assistant_rights, name),
        "child_id": toy.child_id,
    }


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
        home_assistant_rights=_rights_from_json(row["house_rights"]),
        child_id=row["child_id"],
        paused=row["paused"],
    )


def _rights_to_json(rights: HomeAssistantRights, name: str) -> dict[str, Any]:
    if len(rights.rooms) > MAX_ROOMS or len(rights.players) > MAX_ROOMS:
        raise DataError(f"{name} may ask for at most {MAX_ROOMS} rooms and as many players")
    return {
        "tasks": sorted(rights.tasks),
        "rooms": [entered_name(room, "a room's name") for room in rights.rooms],
        "players": [entered_name(player, "a player's name") for player in rights.players],
    }


def _rights_from_json(fields: Mapping[str, Any]) -> HomeAssistantRights:
    return HomeAssistantRights(
        frozenset(HomeAssistantTask(task) for task in fields.get("tasks", ())),
        tuple(fields.get("rooms", ())),
        tuple(fields.get("players", ())),
    )


def _severity(value: int, what: str) -> int:
    if not 0 <= value <= SEVERITY_MAX:
        raise DataError(f"{what} is {value}: it must be 0 to {SEVERITY_MAX}")
    return value


def child_to_row(child: Child) -> dict[str, Any]:
    return {
        "id": child.id,
        "name": entered_name(child.name, "a child's name"),
        "birth_year": child.birth_year,
    }


def child_from_row(row: Row) -> Child:
    return Child(row["id"], row["name"], row["birth_year"])


def name_key(name: str) -> str:
    """What two names that a person would call the same have in common."""
    return " ".join(name.casefold().split())
