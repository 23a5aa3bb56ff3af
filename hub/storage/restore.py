"""A data folder made of a backup again, without what was erased or revoked since.

`prepare` does all that can fail, beside the household that is there; `settle` then only renames. Between the two
stands a folder in the data folder: whoever holds the folder's lock next settles it, so that a hub can be asked to
restore while it runs, and a power cut changes nothing. All of it blocks.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pyrage
from sqlalchemy import delete, true

from hub.errors import NotFoundError, RefusedError
from hub.storage.backup import (
    FOLDERS,
    SCRATCH,
    identity_of,
    require_room,
    scratch_in,
    unpack,
)
from hub.storage.database import BUSY_MS, DATABASE_NAME, make_engine
from hub.storage.faults import explained, no_access
from hub.storage.folder import household_lock, prepare_folder
from hub.storage.gone import GoneList, list_beside, read
from hub.storage.repositories.access import revoke
from hub.storage.repositories.gone import leave_out, sign_everybody_out
from hub.storage.rows import upsert
from hub.storage.schema import meta, passkeys
from hub.storage.upgrade import upgrade

READY: Final = "restore.ready"
"""What is prepared."""
MOVING: Final = "restore.moving"
"""The same, once what was there before is out of its way."""
TOLD_AS: Final = "restored"
"""The key of `meta` for what the grown-ups are to be told once."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup gave."""

    made_at: datetime
    has_list: bool
    """Whether what was erased and revoked since is gone; else no token of a program and no passkey is valid."""
    erased_turns: int


def restore(
    source: Path,
    key: str,
    folder: Path,
    now: datetime,
    *,
    replace: bool,
    gone_list: Path | None = None,
) -> tuple[Restored, Path | None]:
    """Makes `folder` the household that `source` keeps; no hub may use it meanwhile.

    With `replace` the household that is there is put aside, into the same folder; else there must be none. Gives where
    that lies, too. Raises as `prepare`, AlreadyRunningError, and RefusedError where `replace` is missing; then nothing
    has changed.
    """
    with household_lock(folder):
        if (folder / DATABASE_NAME).exists() and not replace:
            raise RefusedError(f"{folder} holds a household already: say --replace to put it aside")
        done = prepare(source, key, folder, now, gone_list)
        return done, settle(folder, now)


def prepare(
    source: Path, key: str, folder: Path, now: datetime, gone_list: Path | None = None
) -> Restored:
    """Opens and checks `source`, and leaves out what is gone.

    `gone_list` is the list beside it, where that isn't called as it should be. Raises RefusedError for a wrong key, a
    file that is no backup or was damaged, and a list that was; NotFoundError, DataError. Nothing is left then.
    """
    identity = identity_of(key)
    if not source.is_file():
        raise NotFoundError(f"{source}: there is no such file")
    with scratch_in(folder) as scratch:
        require_room(folder, 3 * source.stat().st_size)
        household = scratch / "household"
        household.mkdir(mode=0o700)
        made_at = unpack(source, identity, household).made_at
        done = _without_what_is_gone(
            household, made_at, _list(source, gone_list, identity, made_at), now
        )
        shutil.rmtree(folder / READY, ignore_errors=True)
        household.rename(folder / READY)
    return done


def settle(folder: Path, now: datetime) -> Path | None:
    """Puts in place what was prepared, if anything was. Where the household that was there lies; None: nothing was.

    To be called by who holds the folder's lock, before the database is opened. Raises DataError. What was unpacked
    or sent when the power went goes, too.
    """
    ready, moving = folder / READY, folder / MOVING
    aside = None
    try:
        for left in folder.glob(f"{SCRATCH}*"):
            shutil.rmtree(left)
        if ready.exists():
            if there := [name for name in _household_names() if (folder / name).exists()]:
                aside = folder / "backups" / f"before-restore-{now:%Y%m%dT%H%M%SZ}"
                prepare_folder(aside)
                for name in there:
                    (folder / name).rename(aside / name)
            ready.rename(moving)
        if moving.exists():
            for entry in sorted(moving.iterdir(), key=lambda path: path.name == DATABASE_NAME):
                entry.rename(folder / entry.name)
            moving.rmdir()
    except OSError as error:
        raise no_access(folder, error) from error
    return aside


def _list(
    source: Path, gone_list: Path | None, identity: "pyrage.x25519.Identity", made_at: datetime
) -> GoneList | None:
    """None where there is none, or it is older than the backup, so that it can't know. Raises RefusedError."""
    path = gone_list or list_beside(source.parent, identity)
    found = read(path, identity)
    return found if found and found.made_at >= made_at else None


def _without_what_is_gone(
    household: Path, made_at: datetime, gone_list: GoneList | None, now: datetime
) -> Restored:
    """Brings the database to the newest shape, and takes out of it what the list names."""
    path = household / DATABASE_NAME
    migrator = make_engine(path, begin="BEGIN IMMEDIATE", busy_ms=BUSY_MS, foreign_keys="OFF")
    engine = make_engine(path, begin="BEGIN IMMEDIATE", busy_ms=BUSY_MS, foreign_keys="ON")
    try:
        upgrade(migrator, path, now)
        migrator.dispose()
        with explained(path), engine.begin() as connection:
            erased = 0
            if gone_list:
                erased = leave_out(connection, gone_list.ids, made_at, now)
            else:
                revoke(connection, true(), now)
                connection.execute(delete(passkeys))
            sign_everybody_out(connection)
            done = Restored(made_at, gone_list is not None, erased)
            told = {"made_at": f"{made_at:%Y-%m-%d %H:%M} UTC", "has_list": done.has_list}
            upsert(connection, meta.c.key, {"key": TOLD_AS, "value": json.dumps(told)})
    finally:
        migrator.dispose()
        engine.dispose()
    shutil.rmtree(household / "backups", ignore_errors=True)  # of before its new shape
    with explained(path), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")  # so that nothing of what was erased is left in a free page
        connection.execute("PRAGMA journal_mode = DELETE")
    return done


def _household_names() -> list[str]:
    """What is put aside: also the database's log, and sounds, which were made for the toys that are there."""
    logs = [f"{DATABASE_NAME}{end}" for end in ("-wal", "-shm")]
    return [DATABASE_NAME, *logs, *FOLDERS, "sounds"]
