"""The one counter behind `Turn.revision` and `Alert.revision`."""

from sqlalchemy import Connection, insert, select, update

from hub.storage.schema import counters

NAME = "revision"


def next_revision(connection: Connection) -> int:
    """The next number, taken in the caller's transaction.

    A reader that has seen revision n has seen all before it: the counter's row is locked until
    the commit, so numbers appear in order, and a rollback gives its number back.
    """
    count = update(counters).where(counters.c.name == NAME).values(value=counters.c.value + 1)
    value = connection.scalar(count.returning(counters.c.value))
    if value is None:
        value = 1
        connection.execute(insert(counters).values(name=NAME, value=value))
    return int(value)


def last_revision(connection: Connection) -> int:
    """The newest number that is in use; 0 before the first."""
    return connection.scalar(select(counters.c.value).where(counters.c.name == NAME)) or 0
