"""`pommai-hub run`: the hub, until Ctrl-C or SIGTERM."""

import argparse
import ctypes
import gc
import os
import sys

import segno
from rich.console import Console

from guardian_web.household.programs import spaced
from guardian_web.phone.listener import PhonesWelcome
from hub.app import App, Ready
from hub.cli.terminal import run_until_stopped, wrapped
from hub.config import Config
from hub.lan.descriptors import raise_limit

M_ARENA_MAX = -8
"""glibc's malloc.h: how many heaps there are at most."""

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.add_argument(
        "--interface",
        metavar="ADDR",
        action="append",
        dest="POMMAI_HUB__INTERFACES",
        help="look for toys on this address only; may be given again",
    )
    parser.add_argument(
        "--host",
        metavar="ADDR",
        dest="POMMAI_GUARDIAN__HOST",
        help="address of the Guardian pages (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--lan",
        action="store_const",
        const="true",
        dest="POMMAI_GUARDIAN__LAN",
        help="open the Guardian pages to phones and computers at home, over HTTPS",
    )
    parser.add_argument(
        "--port",
        type=int,
        dest="POMMAI_GUARDIAN__PORT",
        help="port of the Guardian pages (default: 8770; 0 takes a free one)",
    )


def run(args: argparse.Namespace, config: Config) -> int:
    raise_limit()
    _share_one_heap()
    run_until_stopped(_serve(config))
    console.print("Stopped.")
    return 0


async def _serve(config: Config) -> None:
    """Until cancelled: a hub ends whose family deleted everything or brought a backup back, and a new one begins."""
    while True:
        async with App(config, os.environ) as app:
            await app.serve(_on_ready, _say_code, say_phones)
        _tell("The hub ends, as it was asked for on the pages, and starts anew.")


def _on_ready(ready: Ready) -> None:
    # What is there now stays. To look through it for garbage would hold up toys and pages for a tenth of a second.
    gc.freeze()
    _tell(f"Using {ready.providers}")
    _tell(f"Guardian pages: {ready.guardian_url}")
    if ready.setup_code:
        _say_code(ready.setup_code)


def say_phones(welcome: PhonesWelcome) -> None:
    _tell(f"On your phone: {' or '.join(welcome.urls)}")
    if sys.stdout.isatty():
        segno.make(welcome.urls[0], error="m").terminal(compact=True)
    _tell(f"Fingerprint of the hub's certificate: {spaced(welcome.fingerprint)}")


def _say_code(code: str) -> None:
    _tell(f"One-time code to choose a password there: {code}")


def _tell(line: str) -> None:
    console.print(wrapped(line, sys.stdout), markup=False)


def _share_one_heap() -> None:
    """One heap for all threads, on glibc: else each thread keeps what it freed, some 6 MB in all.

    Python's threads take turns anyway, so they hardly wait for each other here.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(M_ARENA_MAX, 1)
