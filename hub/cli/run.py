"""`pommai-hub run`: the hub, until Ctrl-C or SIGTERM."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--interface",
        metavar="ADDR",
        action="append",
        dest="POMMAI_HUB__INTERFACES",
        help="look for toys on this address only; may be given again",
    )
    parser.add_argument(
        "--host", dest="POMMAI_GUARDIAN__HOST", help="address for the Guardian pages"
    )
    parser.add_argument(
        "--port", type=int, dest="POMMAI_GUARDIAN__PORT", help="port for the Guardian pages"
    )
