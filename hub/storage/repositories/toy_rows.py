"""Toys to table rows and back, and who is being removed; what a person entered that is too long is refused."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, insert, select, update

from hub.domain.family.visits import Visit
from hub.domain.kept import RemovalScope, RemovalState
from hub.domain.limits import (
    MAX_BACKSTORY_CHARS,
    MAX_DESCRIPTION_CHARS,
    MAX_KIND_CHARS,
    MAX_PERSONA_VERSIONS,
    MAX_ROOMS,
    MAX_STYLE_CHARS,
    MAX_TOPIC_CHARS,
    MAX_TOPICS,
    MAX_WORDING_CHARS,
    MAX_WORDINGS,
)
from hub.domain.persona import Persona, PersonaVersion
from hub.domain.safety import SEVERITY_MAX
from hub.domain.toys import HomeAssistantRights, Toy, Voice
from hub.errors import DataError
from hub.storage.rows import Row, entered, entered_name, from_row, to_row
from hub.storage.schema import personas, removals, toys

SET_APART: Final = frozenset({"paused", "archived", "held_by", "held_since", "persona_version"})


def toy_to_row(toy: Toy) -> dict[str, Any]:
    """All but what has a way of its own."""
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
        persona=_entered_persona(toy.persona, name),
        language=entered(toy.language, f"{name}'s language", 20),
        voice_name=entered(toy.voice.name, f"{name}'s voice", MAX_DESCRIPTION_CHARS),
        voice_settings=toy.voice.settings,
        voice_provider=toy.voice.provider,
        voice_format=toy.voice.format,
        model=entered(toy.model, f"{name}'s model", MAX_DESCRIPTION_CHARS),
        house_rights=_entered_rights(toy.home_assistant_rights, name),
    )
    return {name: value for name, value in row.items() if name not in SET_APART}


def toy_from_row(row: Row, child_ids: frozenset[str], visit: Visit | None) -> Toy:
    voice = Voice(
        row["voice_name"], row["voice_settings"], row["voice_provider"], row["voice_format"]
    )
    return from_row(
        Toy,
        row,
        voice=voice,
        home_assistant_rights=row["house_rights"],
        child_ids=child_ids,
        visit=visit,
    )


def keep_persona(connection: Connection, toy_id: str, at: datetime, by: str = "") -> None:
    """Number what the toy, whose row is there, is now; the same as before keeps its number."""
    now = from_row(
        Persona, connection.execute(select(toys.c.persona).where(toys.c.id == toy_id)).scalar_one()
    )
    own = personas.c.toy_id == toy_id
    last = connection.execute(select(personas).where(own).order_by(personas.c.version.desc()))
    before = last.mappings().first()
    if before is not None and from_row(Persona, before["persona"]) == now:
        return
    version = before["version"] + 1 if before else 1
    kept = PersonaVersion(version, at, by, now)
    connection.execute(insert(personas).values(to_row(kept, personas) | {"toy_id": toy_id}))
    connection.execute(
        delete(personas).where(own, personas.c.version <= version - MAX_PERSONA_VERSIONS)
    )
    connection.execute(update(toys).where(toys.c.id == toy_id).values(persona_version=version))


def _check_topics(toy: Toy) -> None:
    if len(toy.blocked_topics) > MAX_TOPICS:
        raise DataError(
            f"{toy.name} has {len(toy.blocked_topics)} blocked topics; at most {MAX_TOPICS} fit"
        )
    for topic in toy.blocked_topics:
        entered(topic, "a blocked topic", MAX_TOPIC_CHARS)


def _entered_persona(persona: Persona, name: str) -> Persona:
    """As it is kept: a text without the spaces around it, lists without what is empty or twice."""

    def several(what: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        plain = (" ".join(text.split()) for text in texts)
        found = tuple(dict.fromkeys(text for text in plain if text))
        if len(found) > MAX_WORDINGS:
            raise DataError(f"{name} has {len(found)} {what}; at most {MAX_WORDINGS} fit")
        return tuple(entered(text, f"one of {name}'s {what}", MAX_WORDING_CHARS) for text in found)

    return replace(
        persona,
        kind=entered(" ".join(persona.kind.split()), f"what {name} is", MAX_KIND_CHARS),
        traits=several("traits", persona.traits),
        style=entered(" ".join(persona.style.split()), f"how {name} talks", MAX_STYLE_CHARS),
        interests=several("interests", persona.interests),
        catchphrases=several("catchphrases", persona.catchphrases),
        backstory=entered(persona.backstory.strip(), f"{name}'s backstory", MAX_BACKSTORY_CHARS),
    )


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
