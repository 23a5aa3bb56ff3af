"""The command `pommai-satellite`: reads its command line and its environment, and does what they say."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from satellite import identity
from satellite.audio.microphone import KINDS as MICROPHONES
from satellite.audio.speaker import KINDS as SPEAKERS
from satellite.board.hardware import DEFAULT, PRESETS
from satellite.errors import SetupError
from satellite.update.software import FOLDER
from satellite.wake.turn_start import WakeMode
from satellite.wire import mended_asyncio
from satellite.wire.commands import WAKE_WORDS

ENVIRONMENT: Final = "POMMAI_SATELLITE_"
"""Before an option's name in capitals, it is that option for a service: POMMAI_SATELLITE_NAME."""
_FROM_ENVIRONMENT: Final = (
    *("hardware", "mic", "speaker", "wake", "word", "host", "port", "interface", "name", "state"),
    "log-level",
)
_PLAIN: Final = f"{ENVIRONMENT}PLAIN"
_COLUMNS: Final = 80


def main(arguments: Sequence[str] | None = None) -> int:
    mended_asyncio.mend()
    try:
        args = parse(sys.argv[1:] if arguments is None else arguments, os.environ)
        logging.basicConfig(
            level=args.log_level.upper(), format="%(levelname)s %(name)s: %(message)s"
        )
        return _DO[args.command](args)
    except SetupError as error:
        sys.stderr.write(f"pommai-satellite: {error}\n")
        return 2


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


_DO: Final = {"run": _run, "pair": _pair, "doctor": _doctor}
_COMMANDS: Final = (
    ("run", "be a toy for a hub on this network", "Be a toy until Ctrl-C."),
    (
        "pair",
        "have the running toy forget its hub and say a new code",
        "The same as holding the toy's button: it forgets its hub and says a new code.",
    ),
    (
        "doctor",
        "say what works and what to do about the rest",
        "Try microphone, speaker, light, button, network and clock. "
        "Ends with 1 when something does not work.",
    ),
)
"""Name, summary and description of each."""


def _variable(option: str) -> str:
    return ENVIRONMENT + option.upper().replace("-", "_")


_KNOWN: Final = {*map(_variable, _FROM_ENVIRONMENT), _PLAIN, FOLDER}


def parse(given: Sequence[str], environ: Mapping[str, str]) -> SimpleNamespace:
    """Raises SetupError; not for a misspelt variable, which must not keep a toy from starting."""
    for name in sorted(environ.keys() - _KNOWN):
        if name.startswith(ENVIRONMENT):
            known = ", ".join(sorted(_KNOWN - {FOLDER}))
            sys.stderr.write(f"pommai-satellite: {name} is no setting; there are {known}\n")
    arguments = [*given[:1], *_options(environ), *given[1:]]
    return _parser().parse_args(arguments, SimpleNamespace())


def _options(environ: Mapping[str, str]) -> list[str]:
    """What the environment says, as it would stand on the command line; that line wins. Raises SetupError."""
    values = {name: environ.get(_variable(name), "") for name in _FROM_ENVIRONMENT}
    plain = {"yes": ["--plain"], "no": [], "": []}
    try:
        given = plain[environ.get(_PLAIN, "")]
    except KeyError as error:
        raise SetupError(f"{_PLAIN}={error.args[0]}: must be yes or no") from error
    return [*(f"--{name}={value}" for name, value in values.items() if value), *given]


def _parser() -> argparse.ArgumentParser:
    # Without a width it asks shutil, which takes 0.5 MB.
    shape = partial(argparse.HelpFormatter, width=_COLUMNS)
    parser = argparse.ArgumentParser(
        prog="pommai-satellite",
        formatter_class=shape,
        description="The toy's end of Pommai: microphone, speaker, button, light, link.",
    )
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND")
    for name, summary, description in _COMMANDS:
        command = commands.add_parser(
            name, help=summary, description=description, formatter_class=shape
        )
        if name == "doctor":
            command.add_argument("--json", action="store_true", help="print findings for a program")
        _add_settings(command)
    return parser


def _add_settings(command: argparse.ArgumentParser) -> None:
    """What a toy is and where it listens: the same for running and for examining it."""
    command.add_argument(
        "--hardware",
        choices=list(PRESETS),
        default=DEFAULT,
        help="what it is made of: microphone, speaker and light (%(default)s)",
    )
    command.add_argument("--mic", help=f"{MICROPHONES} (as --hardware says)")
    command.add_argument("--speaker", help=f"{SPEAKERS} (as --hardware says)")
    command.add_argument(
        "--wake",
        choices=[wake.value for wake in WakeMode],
        help="what begins a turn: manual is the button, or talk typed on a terminal; word a wake word; voice sends "
        "the room's sound whenever somebody speaks, stream always while a hub is there "
        "(manual; with wav: voice)",
    )
    command.add_argument(
        "--word",
        choices=list(WAKE_WORDS),
        default=WAKE_WORDS[0],
        help="for --wake word (%(default)s)",
    )
    command.add_argument("--host", default="0.0.0.0", help="address to listen on (%(default)s)")  # noqa: S104  # a toy is for the LAN
    command.add_argument("--port", type=int, default=10700, help="0 takes a free one (%(default)s)")
    command.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="own address to announce on, may be repeated (every one but loopback)",
    )
    command.add_argument(
        "--plain",
        action="store_true",
        help="no pairing and no encryption, for Home Assistant and other Wyoming hubs: whoever is on "
        "the network can listen and take it over",
    )
    command.add_argument("--name", default="Pommai", help="how hubs list it (%(default)s)")
    command.add_argument("--state", type=Path, help="folder for what it must remember")
    command.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error")
    )


if __name__ == "__main__":
    sys.exit(main())
