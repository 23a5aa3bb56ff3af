"""Toys to table rows and back, and who is being removed; what a person entered that is too long is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, insert, select, update

from hub.domain.family.visits import Visit
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
from hub.domain.talks.kept import RemovalScope, RemovalState
from hub.domain.toys import HomeAssistantRights, Toy, Voice
from hub.errors import DataError
from hub.storage.rows import Row, entered, entered_name, from_row, to_row
from hub.storage.schema import personas, removals, toys
from hub.translation import gettext as _

SET_APART: Final = frozenset({"paused", "archived", "held_by", "held_since", "persona_version"})


def toy_to_row(toy: Toy) -> dict[str, Any]:
    """All but what has a way of its own."""
    name = entered_name(toy.name, _("a toy's name"))
    _check_topics(toy)
    for category, value in toy.thresholds.items():
        if not 0 <= value <= SEVERITY_MAX:
            raise DataError(
                _(
                    "%(name)s's threshold for %(category)s is %(value)s: it must be 0 to %(severity_max)s",
                    name=name,
                    category=category,
                    value=value,
                    severity_max=SEVERITY_MAX,
                )
            )
    row = to_row(
        toy,
        toys,
        name=name,
        name_key=name_key(name),
        persona=_entered_persona(toy.persona, name),
        language=entered(toy.language, _("%(name)s's language", name=name), 20),
        voice_name=entered(toy.voice.name, _("%(name)s's voice", name=name), MAX_DESCRIPTION_CHARS),
        voice_settings=toy.voice.settings,
        voice_provider=toy.voice.provider,
        voice_format=toy.voice.format,
        model=entered(toy.model, _("%(name)s's model", name=name), MAX_DESCRIPTION_CHARS),
        house_rights=_entered_rights(toy.home_assistant_rights, name),
    )
    return {name: value for name, value in row.items() if name not in SET_APART}


def toy_from_row(row: Row, owners: Mapping[str, str | None], visit: Visit | None) -> Toy:
    """`owners`: the level of each of its children's own, where there is one, by the child's id."""
    voice = Voice(
        row["voice_name"], row["voice_settings"], row["voice_provider"], row["voice_format"]
    )
    return from_row(
        Toy,
        row,
        voice=voice,
        home_assistant_rights=row["house_rights"],
        child_ids=frozenset(owners),
        child_levels={child_id: level for child_id, level in owners.items() if level},
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
            _(
                "%(name)s has %(number)s blocked topics; at most %(most)s fit",
                name=toy.name,
                number=len(toy.blocked_topics),
                most=MAX_TOPICS,
            )
        )
    for topic in toy.blocked_topics:
        entered(topic, _("a blocked topic"), MAX_TOPIC_CHARS)


def _entered_persona(persona: Persona, name: str) -> Persona:
    """As it is kept: a text without the spaces around it, lists without what is empty or twice."""

    def several(what: str, texts: tuple[str, ...]) -> tuple[str, ...]:
        plain = (" ".join(text.split()) for text in texts)
        found = tuple(dict.fromkeys(text for text in plain if text))
        if len(found) > MAX_WORDINGS:
            raise DataError(
                _(
                    "%(name)s has %(number)s %(what)s; at most %(most)s fit",
                    name=name,
                    number=len(found),
                    what=what,
                    most=MAX_WORDINGS,
                )
            )
        one = _("one of %(name)s's %(what)s", name=name, what=what)
        return tuple(entered(text, one, MAX_WORDING_CHARS) for text in found)

    return replace(
        persona,
        kind=entered(
            " ".join(persona.kind.split()), _("what %(name)s is", name=name), MAX_KIND_CHARS
        ),
        traits=several(_("traits"), persona.traits),
        style=entered(
            " ".join(persona.style.split()), _("how %(name)s talks", name=name), MAX_STYLE_CHARS
        ),
        interests=several(_("interests"), persona.interests),
        catchphrases=several(_("catchphrases"), persona.catchphrases),
        backstory=entered(
            persona.backstory.strip(), _("%(name)s's backstory", name=name), MAX_BACKSTORY_CHARS
        ),
    )


def _entered_rights(rights: HomeAssistantRights, name: str) -> HomeAssistantRights:
    if len(rights.rooms) > MAX_ROOMS or len(rights.players) > MAX_ROOMS:
        raise DataError(
            _(
                "%(name)s may ask for at most %(most)s rooms and as many players",
                name=name,
                most=MAX_ROOMS,
            )
        )
    return HomeAssistantRights(
        rights.tasks,
        tuple(entered_name(room, _("a room's name")) for room in rights.rooms),
        tuple(entered_name(player, _("a player's name")) for player in rights.players),
    )


def being_removed(scope: RemovalScope) -> Select[str]:
    """The ids of toys or children that a parent removed, and that are not gone from the disk yet."""
    return select(removals.c.which).where(
        removals.c.scope == scope, removals.c.state != RemovalState.DONE
    )


def name_key(name: str) -> str:
    """What two names that a person would call the same have in common."""
    return " ".join(name.casefold().split())
