"""How far the games are that children play over many turns and days: one of a kind for each toy and who plays."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from hub.domain.family.children import Child
from hub.domain.household import Household
from hub.domain.play.games import Game, GameKind
from hub.domain.talks.talk import Turn
from hub.storage.database import Repository
from hub.storage.repositories.household import read_household
from hub.storage.repositories.turns import IS_SHOWN, turn_from_row
from hub.storage.rows import from_row, upsert
from hub.storage.schema import children, games, turns

_GAME: Final = TypeAdapter(Game)
_TRIED, _VISITOR, _ANYBODY = "tried", "visitor", "anybody"


@dataclass(frozen=True, slots=True)
class Table:
    """What whoever plays in a turn finds."""

    games: Mapping[GameKind, Game]
    before: Sequence[Turn]
    """The turns of the same talk, the oldest first."""
    children: Sequence[Child]
    household: Household


class GameRepository(Repository):
    async def of(self, turn: Turn) -> dict[GameKind, Game]:
        """Those of who speaks in `turn`; a grown-up who tries the toy, and a visitor, have their own."""
        return await self._database.read(lambda connection: _games(connection, turn))

    async def table(self, turn: Turn, child_ids: Collection[str], limit: int) -> Table:
        """In one look at the disk: these children, and of the talk at most so many turns with this one."""
        talk = select(turns).where(turns.c.conversation_id == turn.conversation_id, IS_SHOWN)
        talk = talk.order_by(turns.c.number.desc()).limit(limit)
        family = select(children).where(children.c.id.in_(child_ids))

        def work(connection: Connection) -> Table:
            before = [turn_from_row(row) for row in connection.execute(talk).mappings()]
            return Table(
                _games(connection, turn),
                [each for each in reversed(before) if each.id != turn.id],
                [from_row(Child, row) for row in connection.execute(family).mappings()],
                read_household(connection),
            )

        return await self._database.read(work)

    async def keep(self, turn: Turn, game: Game) -> None:
        """As it is after `turn`. Raises DataError."""
        row = {
            "id": _id(turn, game.kind),
            "toy_id": turn.toy_id,
            "child_id": None if _is_none_of_the_children(turn) else turn.child_id,
            "game": _GAME.dump_python(game, mode="json"),
        }
        await self._database.write(lambda connection: upsert(connection, games.c.id, row))


def _games(connection: Connection, turn: Turn) -> dict[GameKind, Game]:
    query = select(games.c.game).where(games.c.id.in_([_id(turn, kind) for kind in GameKind]))
    kept = [_GAME.validate_python(row.game) for row in connection.execute(query)]
    return {game.kind: game for game in kept}


def _is_none_of_the_children(turn: Turn) -> bool:
    return turn.tried or bool(turn.visit_id)


def _id(turn: Turn, kind: GameKind) -> str:
    who = _TRIED if turn.tried else _VISITOR if turn.visit_id else turn.child_id or _ANYBODY
    return f"{turn.toy_id} {who} {kind}"
