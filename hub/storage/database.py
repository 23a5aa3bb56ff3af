"""One household's SQLite database: a single writer's thread and a few readers beside it.

    database = await Database.open(folder, clock)
    await database.write(lambda connection: connection.execute(...))

`write` runs its function in one BEGIN IMMEDIATE transaction, which is on the disk when it returns
(synchronous=FULL: a toy's hub loses power); `read` runs in one snapshot and can't write. Nothing
here waits on the event loop's thread.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from contextvars import copy_context
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, Executable, RowMapping, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from hub.domain.clock import Clock
from hub.errors import DataError, DiskFullError
from hub.events import Bus, Event
from hub.storage.faults import explained
from hub.storage.folder import prepare_file, prepare_folder
from hub.storage.reserve import Reserve
from hub.storage.upgrade import upgrade

DATABASE_NAME = "pommai.db"
BUSY_MS = 5000
"""How long to wait for another process, such as a backup, to let go of the database."""
READERS = 2
MAX_QUEUED = 500
MAX_TRANSACTION_S = 60.0
"""A transaction of ours takes milliseconds; in a damaged file one may go in circles."""
STEPS_BETWEEN_LOOKS = 100_000
"""Of SQLite's virtual machine, some milliseconds, before the time is looked at."""

T = TypeVar("T")


def make_engine(
    path: Path, *, begin: str, busy_ms: int, connections: int = 1, **pragmas: str
) -> Engine:
    """An engine on the file at `path` that starts each transaction with `begin`."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        # The driver's own guesses at where a transaction begins are off; `begin` says it.
        connect_args={"isolation_level": None, "timeout": busy_ms / 1000},
        pool_size=connections,
        max_overflow=0,
        json_serializer=partial(json.dumps, ensure_ascii=False, default=datetime.isoformat),
        json_deserializer=from_json,  # in a third of the time that Python's own takes
    )
    settings = {
        "journal_mode": "WAL",
        "synchronous": "FULL",
        "secure_delete": "ON",
        "temp_store": "MEMORY",  # a file of its own would take a descriptor, and there may be none
        **pragmas,
    }

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name} = {value}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Lane:
    """An engine and the named threads that use it, one connection each."""

    def __init__(self, path: Path, engine: Engine, threads: int, name: str) -> None:
        self._path = path
        self._engine = engine
        self._count = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._jobs: set[asyncio.Future[Any]] = set()
        self._closed = False

    def connect(self) -> None:
        """Open all the connections that there will be: later there may be no file descriptor for one."""
        with explained(self._path), ExitStack() as stack:
            for _ in range(self._count):
                stack.enter_context(self._engine.connect())

    async def run(
        self, work: Callable[[Connection], T], after: Callable[[T], None] | None = None
    ) -> T:
        """Do `work` in a transaction; once it is committed, `after` on the event loop's thread."""
        loop = asyncio.get_running_loop()

        def transact() -> T:
            with explained(self._path), self._engine.begin() as connection:
                _end_in_time(connection)
                result = work(connection)
            if after is not None:
                loop.call_soon_threadsafe(after, result)
            return result

        return await self.call(transact)

    async def call(self, work: Callable[[], T]) -> T:
        """Do `work` in one of the threads.

        A caller that is cancelled waits for work that has begun, so that afterwards it knows
        what is on the disk; work that has not begun is dropped. Errors are in the language of who asks.
        """
        if self._closed:
            raise DataError(f"{self._path}: the database is closed; start the hub again")
        if len(self._jobs) >= MAX_QUEUED:
            raise DataError(f"{self._path}: the disk is too slow: {MAX_QUEUED} requests wait")
        job = self._threads.submit(copy_context().run, work)
        done = asyncio.wrap_future(job)
        self._jobs.add(done)
        done.add_done_callback(self._jobs.discard)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if not job.cancel():
                await asyncio.wait([done])
            raise

    def shorten_log(self) -> bool:
        """Move what is in the write-ahead log to the database and give the log's room back, as far as that goes.

        Whether the log is empty now: not while somebody still reads what is in it.
        """
        with suppress(sqlite3.Error), closing(self._engine.raw_connection()) as connection:
            (busy, *_) = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return bool(busy == 0)
        return False

    async def aclose(self) -> None:
        """Finish what was asked for, then close."""
        if self._closed:
            return
        self._closed = True
        if self._jobs:
            await asyncio.wait(self._jobs)
        await asyncio.wrap_future(self._threads.submit(self._engine.dispose))
        self._threads.shutdown()


def _end_in_time(connection: Connection) -> None:
    gives_up_at = time.monotonic() + MAX_TRANSACTION_S
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_progress_handler(lambda: time.monotonic() > gives_up_at, STEPS_BETWEEN_LOOKS)


class Database:
    """The open database; make it with `open`, end it with `aclose`."""

    def __init__(self, folder: Path, writer: Lane, readers: Lane) -> None:
        self.folder = folder
        self._reserve = Reserve(folder / DATABASE_NAME)
        self._writer = writer
        self._readers = readers

    @classmethod
    async def open(cls, folder: Path, clock: Clock, *, busy_ms: int = BUSY_MS) -> Self:
        """Open `pommai.db` in the data folder, made or migrated where that is due.

        Raises DataError or DiskFullError with one line on what to do.
        """
        path = folder / DATABASE_NAME
        engine = partial(make_engine, path, busy_ms=busy_ms)
        writer = Lane(path, engine(begin="BEGIN IMMEDIATE", foreign_keys="ON"), 1, "storage-writer")
        readers = Lane(
            path,
            engine(begin="BEGIN", connections=READERS, query_only="ON"),
            READERS,
            "storage-reader",
        )
        database = cls(folder, writer, readers)

        def prepare() -> None:
            prepare_folder(folder)
            prepare_file(path)
            migrator = engine(begin="BEGIN IMMEDIATE", foreign_keys="OFF")
            try:
                upgrade(migrator, path, clock.now())
            finally:
                migrator.dispose()
            database._reserve.look()
            writer.connect()

        try:
            await writer.call(prepare)
            await readers.call(readers.connect)
        except BaseException:
            await database.aclose()
            raise
        return database

    @property
    def disk_is_full(self) -> bool:
        """As it was at the last write or look."""
        return self._reserve.full

    async def look_at_disk(self) -> bool:
        """Whether the disk is full now."""
        await self._writer.call(self._reserve.look)
        return self.disk_is_full

    async def write(
        self,
        work: Callable[[Connection], T],
        after: Callable[[T], None] | None = None,
        *,
        urgent: bool = False,
    ) -> T:
        """Do `work` in the one writing transaction; see `Lane.run`. All or nothing is kept.

        On a full disk, what is `urgent` goes into the room that was kept for it. Raises DiskFullError.
        """
        if self.disk_is_full:
            prepare = self._writer.shorten_log if urgent else self._reserve.require_room
            await self._writer.call(prepare)
        try:
            return await self._writer.run(work, after)
        except DiskFullError:
            await self._writer.call(self._reserve.release)
            if not urgent:
                raise
        return await self._writer.run(work, after)

    async def empty_log(self) -> bool:
        """Empty the write-ahead log, so that nothing of what was deleted is left in it; whether that was possible."""
        return await self._writer.call(self._writer.shorten_log)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work` on what was last committed."""
        return await self._readers.run(work)

    async def rows(self, query: Executable, make: Callable[[RowMapping], T]) -> list[T]:
        """What `make` makes of each row."""
        return await self.read(
            lambda connection: [make(row) for row in connection.execute(query).mappings()]
        )

    async def row(self, query: Executable, make: Callable[[RowMapping], T]) -> T | None:
        """What `make` makes of the first row; None where there is none."""

        def work(connection: Connection) -> T | None:
            found = connection.execute(query).mappings().first()
            return None if found is None else make(found)

        return await self.read(work)

    async def aclose(self) -> None:
        await self._readers.aclose()
        await self._writer.aclose()


class Repository:
    """The rows of one noun. What a call has written is on the disk when it returns, and the bus has told of it."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def _write(
        self, work: Callable[[Connection], T], event: Event, *, urgent: bool = False
    ) -> T:
        """Do `work`, and tell of it by `event`; `urgent` as in `Database.write`."""
        return await self._database.write(work, lambda _: self._bus.publish(event), urgent=urgent)
