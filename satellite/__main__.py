"""The command `pommai-satellite`: reads its arguments, builds the satellite and runs it."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from satellite import identity
from satellite.announcer import Announcer
from satellite.clock import SystemClock
from satellite.errors import SetupError
from satellite.identity import Identity
from satellite.link import Link
from satellite.microphone import KINDS as MICROPHONES
from satellite.microphone import open_microphone
from satellite.panel import ConsolePanel, Panel, State
from satellite.satellite import Satellite
from satellite.server import Server, info, listen_on
from satellite.session import Session
from satellite.speaker import KINDS as SPEAKERS
from satellite.speaker import Speaker, open_speaker
from satellite.wake import VoiceDetector, Wake, Waker


def main(arguments: Sequence[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    logging.basicConfig(level=args.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    try:
        toy = Toy.build(args)
    except SetupError as error:
        sys.stderr.write(f"pommai-satellite: {error}\n")
        return 2
    asyncio.run(toy.run())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pommai-satellite", description="The toy's end of Pommai: microphone, speaker, link."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="be a toy for a hub on this network", description="Be a toy until Ctrl-C."
    )
    run.add_argument("--mic", default="alsa:default", help=f"{MICROPHONES} (%(default)s)")
    run.add_argument("--speaker", default="alsa:default", help=f"{SPEAKERS} (%(default)s)")
    run.add_argument(
        "--wake",
        choices=[wake.value for wake in Wake],
        help="what begins a turn: manual is a trigger (type talk); voice sends the room's sound "
        "whenever somebody speaks, stream always while a hub is there (manual; with wav: voice)",
    )
    run.add_argument("--host", default="0.0.0.0", help="address to listen on (%(default)s)")  # noqa: S104  # a toy is for the LAN
    run.add_argument("--port", type=int, default=10700, help="0 takes a free one (%(default)s)")
    run.add_argument(
        "--interface",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="own address to announce on, may be repeated (every one but loopback)",
    )
    run.add_argument("--name", default="Pommai", help="how hubs list it (%(default)s)")
    run.add_argument("--state", type=Path, help="folder for what it must remember")
    run.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    return parser


@dataclass(frozen=True)
class Toy:
    """Everything that runs, built and not yet running."""

    sock: socket.socket
    announcer: Announcer
    satellite: Satellite
    server: Server
    speaker: Speaker
    panel: Panel

    @classmethod
    def build(cls, args: argparse.Namespace) -> "Toy":
        """Raises SetupError. The port comes first: when it is taken, nothing has been touched."""
        clock, panel = SystemClock(), ConsolePanel()
        sock = listen_on(args.host, args.port)
        folder = args.state or identity.state_folder(os.environ)
        who = Identity(identity.device_id(folder), args.name)
        wake = Wake(args.wake or ("voice" if args.mic.startswith("wav:") else "manual"))
        waker = Waker(wake, VoiceDetector() if wake is Wake.VOICE else None)
        announcer = Announcer(who, sock.getsockname()[1], args.interface, clock)
        microphone = open_microphone(args.mic, clock)
        speaker = open_speaker(args.speaker, clock)

        def session(link: Link) -> Session:
            return Session(link, microphone, speaker, waker, panel, clock)

        satellite = Satellite(session, panel)
        server = Server(satellite, info(who, has_vad=wake is Wake.VOICE), clock)
        return cls(sock, announcer, satellite, server, speaker, panel)

    async def run(self) -> None:
        """Until SIGINT or SIGTERM."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if sys.stdin is not None and sys.stdin.isatty():
            loop.add_reader(sys.stdin, self._typed)
        self.panel.show(State.STARTING)
        host, port = self.sock.getsockname()[:2]
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self.satellite.run(), name="satellite"),
                    tasks.create_task(self.server.run(self.sock), name="server"),
                    tasks.create_task(self.announcer.run(), name="announcer"),
                ]
                sys.stdout.write(f"pommai-satellite: listening on {host}:{port}\n")
                sys.stdout.flush()
                await stop.wait()
                for task in running:
                    task.cancel()
        finally:
            await self.speaker.aclose()

    def _typed(self) -> None:
        """`talk` on a terminal is what the button will be."""
        line = sys.stdin.readline()
        if not line:
            asyncio.get_running_loop().remove_reader(sys.stdin)
        elif line.strip() == "talk":
            self.satellite.trigger()


if __name__ == "__main__":
    sys.exit(main())
