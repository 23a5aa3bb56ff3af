"""`pommai-hub`: reads the command line and the settings, and hands over to one command in `hub.cli`."""

import argparse
import difflib
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from hub.cli import options
from hub.cli.terminal import wrapped
from hub.errors import PommaiError, leaves
from satellite.wire import mended_asyncio

COMMANDS = {
    "run": ("run", "run the hub until Ctrl-C"),
    "demo": ("demo", "try Pommai on this machine: a hub and one simulated toy"),
    "say": ("say", "say something to a toy without a microphone"),
    "chat": ("say", "talk with a toy by typing, turn after turn"),
    "check": ("check", "ask the guard about a text"),
    "toys": ("toys", "list, adopt and release toys"),
    "card": ("toys.card", "prepare a memory card that becomes a toy by itself"),
    "children": ("family.children", "list, add and change children, and say whose each toy is"),
    "memories": ("family.memories", "show, switch, add and erase what toys remember of each child"),
    "knowledge": ("family.knowledge", "add, show, try and remove what toys know"),
    "limits": ("family.limits", "see and set minutes and bedtime, and give more for once"),
    "talks": ("family.talks", "list, find, save and delete what was said"),
    "trace": ("trace", "see what took how long in a turn"),
    "stop": ("stop", "silence every toy at once, until `resume`"),
    "resume": ("stop", "let the toys talk again"),
    "quiet": ("stop", "begin or end quiet time, in which toys kindly answer nobody"),
    "backup": ("backup", "keep the whole household in one encrypted file"),
    "restore": ("backup", "make a backup the household again, here or on a new computer"),
    "backups": ("backup.nightly", "see the nightly backups, make one, and choose where they go"),
    "password": ("password", "choose a new password for the Guardian pages"),
    "models": ("models", "list, fetch and remove speech models"),
    "regulator": (
        "regulator",
        "write what the toys do about each rule for them, with the tests that show it",
    ),
    "doctor": ("doctor", "see what is installed, what would be used, and what to do"),
}
"""Of each command: its module in `hub.cli`, and what it is for."""
SERVERS = {"run"}
"""Commands that log what they do; the others only warn, unless asked with `--log-level`."""
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line. Exits, as argparse does, with code 2 when it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="pommai-hub", description="A home hub for children's AI toys."
    )
    parser.add_argument("--version", action="version", version=f"Pommai {version('pommai')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    called = argv[0] if argv else ""
    if called and not called.startswith("-") and called not in COMMANDS:
        close = difflib.get_close_matches(called, COMMANDS, n=1)
        hint = f"did you mean {close[0]}?" if close else "see `pommai-hub --help`"
        parser.exit(EXIT_ERROR, f"pommai-hub: there is no command {called!r}; {hint}\n")
    for name, (module, summary) in COMMANDS.items():
        description = f"{summary[0].upper()}{summary[1:]}."
        command = commands.add_parser(
            name, help=summary, description=description, parents=[options.settings()]
        )
        if name == called:  # importing a command takes time: the others' options stay unread
            importlib.import_module(f"hub.cli.{module}").add_arguments(command, name)
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        parser.exit()
    return args


def settings(args: argparse.Namespace) -> dict[str, str]:
    """The settings given on the command line, by their environment names."""
    given = {name: value for name, value in vars(args).items() if name.startswith("POMMAI_")}
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in given.items()
        if value is not None
    }


def main(argv: Sequence[str] | None = None) -> int:
    mended_asyncio.mend()
    gc.disable()  # of what is imported nothing is garbage, and to look for some takes a fifth of the start
    try:
        args = parse(sys.argv[1:] if argv is None else argv)
    finally:
        gc.enable()
    # The guard's numbers for one sentence are too few to share among cores; the threads would spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # After parsing, so that `--help` answers at once.
    from hub import log
    from hub.config import loading

    code: int
    given = settings(args)
    try:
        loaded = loading.load(getattr(args, "config", None), {**os.environ, **given})
        quiet = args.command not in SERVERS and "POMMAI_LOG__LEVEL" not in given
        log.set_up(loaded.log.format, "warning" if quiet else loaded.log.level)
        code = importlib.import_module(f"hub.cli.{COMMANDS[args.command][0]}").run(args, loaded)
    except* PommaiError as errors:  # alone, or from a group of tasks
        for error in leaves(errors):
            line = " ".join(str(error).splitlines())
            for name in given:
                line = line.replace(name, options.NAMES[name])
            print(wrapped(f"pommai-hub: {line}", sys.stderr), file=sys.stderr)  # noqa: T201 - the answer to a person
        code = EXIT_ERROR
    except* KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except* BrokenPipeError:  # whoever read our answers, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = EXIT_ERROR
    return code


if __name__ == "__main__":
    sys.exit(main())
