"""The options that every command takes."""

import argparse
from pathlib import Path

NAMES = {
    "POMMAI_DATA": "--data",
    "POMMAI_GUARDIAN__HOST": "--host",
    "POMMAI_GUARDIAN__PORT": "--port",
    "POMMAI_HUB__INTERFACES": "--interface",
    "POMMAI_LOG__LEVEL": "--log-level",
}
"""Of settings that an option gives: what a person typed."""

REMOVED = (
    "{name} is removed, with {turns} exchanges. `pommai-hub talks undo {id}` brings all of it back within a "
    "minute; then a running hub erases it."
)
"""What is told of a toy or a child."""


def add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    """The parser of one of a command's actions."""
    description = f"{summary.capitalize()}."
    return actions.add_parser(name, help=summary, description=description, parents=[settings()])


def settings() -> argparse.ArgumentParser:
    """A parent for a command's parser, and for those of its actions.

    What isn't given leaves no trace, so that it may stand before or after an action's name.
    """
    parser = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--data", metavar="DIR", dest="POMMAI_DATA", help="the data folder (also POMMAI_DATA)"
    )
    group.add_argument(
        "--config", metavar="FILE", type=Path, help="the settings (default: ./pommai.toml)"
    )
    group.add_argument(
        "--log-level",
        dest="POMMAI_LOG__LEVEL",
        choices=("debug", "info", "warning", "error"),
        help="least level of log lines shown",
    )
    return parser
