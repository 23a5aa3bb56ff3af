"""The command `pommai-satellite`: reads its arguments and does what they say."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Final

from satellite import identity
from satellite.errors import SetupError
from satellite.wire import mended_asyncio


def main(arguments: Sequence[str] | None = None) -> int:
    mended_asyncio.mend()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        args = _read(given)
        logging.basicConfig(
            level=args.log_level.upper(), format="%(levelname)s %(name)s: %(message)s"
        )
        code = _COMMANDS[args.command](args)
    except SetupError as error:
        sys.stderr.write(f"pommai-satellite: {error}\n")
        return 2
    return code


def _read(given: Sequence[str]) -> SimpleNamespace:
    """Raises SetupError."""
    from satellite.arguments import parse

    return parse(given, os.environ)


def _run(args: SimpleNamespace) -> int:
    from satellite.app import SatelliteApp

    again = asyncio.run(SatelliteApp.build(args).run())
    if again and "NOTIFY_SOCKET" not in os.environ:  # else systemd starts it anew
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # ourselves
    return 0


def _pair(args: SimpleNamespace) -> int:
    identity.request_pairing(args.state or identity.state_folder(os.environ))
    sys.stdout.write("pommai-satellite: it says a new code, for five minutes\n")
    return 0


def _doctor(args: SimpleNamespace) -> int:
    from satellite.doctor.command import examine

    return asyncio.run(examine(args))


_COMMANDS: Final = {"run": _run, "pair": _pair, "doctor": _doctor}


if __name__ == "__main__":
    sys.exit(main())
