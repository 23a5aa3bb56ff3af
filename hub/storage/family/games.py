"""How far the games are that children play over many turns and days: one of a kind for each toy and who plays."""

from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import select

from hub.domain.play.games import Game, GameKind
from hub.domain.talks.talk import Turn
from hub.storage.database import Repository
from hub.storage.rows import upsert
from hub.storage.schema import games

_GAME: Final = TypeAdapter(Game)
_TRIED, _VISITOR, _ANYBODY = "tried", "visitor", "anybody"


class GameRepository(Repository):
    async def of(self, turn: Turn) -> dict[GameKind, Game]:
        """Those of who speaks in `turn`; a grown-up who tries the toy, and a visitor, have their own."""
        ids = [_id(turn, kind) for kind in GameKind]
        query = select(games.c.game).where(games.c.id.in_(ids))
        kept = await self._database.rows(query, lambda row: _GAME.validate_python(row["game"]))
        return {game.kind: game for game in kept}

    async def keep(self, turn: Turn, game: Game) -> None:
        """As it is after `turn`. Raises DataError."""
        row = {
            "id": _id(turn, game.kind),
            "toy_id": turn.toy_id,
            "child_id": None if _is_none_of_the_children(turn) else turn.child_id,
            "game": _GAME.dump_python(game, mode="json"),
        }
        await self._database.write(lambda connection: upsert(connection, games.c.id, row))


def _is_none_of_the_children(turn: Turn) -> bool:
    return turn.tried or bool(turn.visit_id)


def _id(turn: Turn, kind: GameKind) -> str:
    who = _TRIED if turn.tried else _VISITOR if turn.visit_id else turn.child_id or _ANYBODY
    return f"{turn.toy_id} {who} {kind}"
