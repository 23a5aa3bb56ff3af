"""A server for backups on the command line; its secret is asked for, so that no list of processes shows it."""

import argparse
import getpass
import os
import sys
from typing import Final

from hub.domain.backups import BackupServer, ServerKind
from hub.errors import RefusedError

SECRET: Final = "POMMAI_BACKUP_SECRET"  # noqa: S105 - a variable's name
MAX_SECRET_LINE: Final = 400


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        help="https://… of a folder that speaks WebDAV; with --bucket of an S3 server",
    )
    add_server_options(parser)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", default="", help="the name there; with S3 the key's id")
    parser.add_argument("--bucket", default="", help="S3: its bucket, and perhaps /folder")
    parser.add_argument("--region", default="", help="S3: such as eu-central-1")


def server_of(args: argparse.Namespace, secret: str) -> BackupServer:
    if not args.user:
        raise RefusedError("say --user: the name on that server")
    kind = ServerKind.S3 if args.bucket else ServerKind.WEBDAV
    return BackupServer(kind, str(args.address), args.user, secret, args.bucket, args.region)


def secret_asked_for() -> str:
    """From the environment, the terminal, or the next line of stdin."""
    if kept := os.environ.get(SECRET):
        return kept
    if not sys.stdin.isatty():
        return sys.stdin.readline(MAX_SECRET_LINE).strip()
    return getpass.getpass("Password on that server, or S3's secret key: ")
