"""`pommai-hub backup FILE` and `restore FILE`: the household as one encrypted file, and back."""

import argparse
import getpass
import html
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from rich.console import Console

from hub.cli.backup.server import add_server_options, secret_asked_for, server_of
from hub.cli.terminal import wrapped
from hub.config import Config
from hub.egress.backup_servers.folder import check_server, fetch_newest, folder_on
from hub.errors import DataError
from hub.storage import backup
from hub.storage.backup import scratch_in
from hub.storage.folder import prepare_folder
from hub.storage.restore import Restored, restore

MAX_KEY_CHARS: Final = 200
MAX_KEPT: Final = 1000

WITH_LIST: Final = "What was deleted or revoked since then stays so. Everybody signs in anew."
WITHOUT_LIST: Final = (
    "There is no list of what is gone since then: what was deleted is here again, and every program's token was "
    "revoked. Everybody signs in anew."
)

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    if name == "restore":
        parser.description = (
            "Make the data folder the household that a backup keeps. The key from the emergency sheet is asked for; "
            "without a terminal, type it to stdin."
        )
        parser.add_argument(
            "address",
            metavar="FILE|ADDRESS",
            help="a backup; or https://… of the server that keeps them, whose newest is taken",
        )
        add_server_options(parser)
        parser.add_argument(
            "--list",
            type=Path,
            metavar="FILE",
            help="the list of what is gone since, where it isn't beside the backup",
        )
        parser.add_argument(
            "--replace", action="store_true", help="put the household that is there aside"
        )
        return
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE|FOLDER",
        help="a new file, or a folder for one of today's date",
    )
    parser.add_argument(
        "--keep",
        type=int,
        choices=range(1, MAX_KEPT),
        metavar="N",
        help="in a folder: delete all but the newest N backups",
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE", help="write the emergency sheet: a page to print"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    now = datetime.now(UTC)
    if args.command == "restore":
        done, aside = _restore(args, config.hub.data, now)
        said = [f"The household of {done.made_at.astimezone():%d %B %Y, %H:%M} is back."]
        said.append(WITH_LIST if done.has_list else WITHOUT_LIST)
        if aside:
            said.append(f"What was there is in {aside}.")
    else:
        target = backup.dated(args.file, now) if args.file.is_dir() else args.file
        size = backup.make(config.hub.data, target, now)
        said = [f"{target}, {size / 1e6:.1f} MB: restored once to try it."]
        if args.sheet:
            _write_sheet(args.sheet, config.hub.data, now)
            said.append(f"Print {args.sheet}, keep the paper safe, and delete the file.")
        if args.keep and args.file.is_dir():
            gone = backup.delete_old(args.file, args.keep)
            said.append(f"{gone} older ones were deleted." if gone else "")
    for line in filter(None, said):
        console.print(wrapped(line, sys.stdout), markup=False)
    return 0


def _restore(args: argparse.Namespace, data: Path, now: datetime) -> tuple[Restored, Path | None]:
    if not args.address.startswith(("https://", "http://")):
        path = Path(args.address)
        return restore(path, _key(), data, now, replace=args.replace, gone_list=args.list)
    server = server_of(args, secret_asked_for())
    check_server(server)
    key, folder = _key(), folder_on(server)
    prepare_folder(data)
    with scratch_in(data) as scratch, closing(folder):
        newest = fetch_newest(folder, key, scratch, lambda more: None)
        return restore(newest, key, data, now, replace=args.replace, gone_list=args.list)


def _key() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(MAX_KEY_CHARS).strip()
    return getpass.getpass("Key from the emergency sheet: ")


def _write_sheet(path: Path, data: Path, now: datetime) -> None:
    text = files("hub.cli.backup").joinpath("emergency_sheet.html").read_text("utf-8")
    page = Template(text).substitute(
        key=html.escape(backup.key_of(data)), day=f"{now.astimezone():%d %B %Y}"
    )
    try:
        path.touch(mode=0o600)
        path.write_text(page, "utf-8")
    except OSError as error:
        raise DataError(f"{path}: can't write there ({error.strerror})") from error
