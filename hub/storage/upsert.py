"""Insert or update one row, in words that every database knows."""

from typing import Any

from sqlalchemy import Column, Connection, insert, update


def upsert(connection: Connection, key: Column[Any], row: dict[str, Any]) -> None:
    """Make the row of `key`'s table that has `row[key.name]` be `row`; others stay as they are."""
    changed = connection.execute(update(key.table).where(key == row[key.name]).values(row))
    if changed.rowcount == 0:
        connection.execute(insert(key.table).values(row))
