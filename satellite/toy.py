"""The whole toy: builds its parts and runs them together."""

import asyncio
import logging
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TextIO

from satellite import gpio, identity, lean, wire_opus
from satellite.announcer import Announcer
from satellite.away import Away
from satellite.button import Button
from satellite.clock import Clock, SystemClock
from satellite.contact import Contacts
from satellite.echo import Echo, EchoingMicrophone, EchoingSpeaker
from satellite.errors import DeviceError, SetupError
from satellite.hardware import PRESETS, open_lamp
from satellite.identity import Identity
from satellite.light import LightPanel
from satellite.link import Link
from satellite.microphone import open_microphone
from satellite.mouth import Mouth
from satellite.orders import Home
from satellite.pairing import Pairing
from satellite.panel import ConsolePanel, MutedPanel, Panel, Panels, State
from satellite.running import PAIR, claim
from satellite.satellite import Satellite
from satellite.server import Server, info, listen_on
from satellite.session import Session
from satellite.settings import KeptSettings
from satellite.software import Software
from satellite.speaker import Speaker, open_speaker
from satellite.speex import EchoCanceller
from satellite.vault import Vault
from satellite.vitals import Vitals, Warnings
from satellite.volume import QuietSpeaker
from satellite.wake import Wake, Waker
from satellite.watchdog import Watchdog, own_port
from satellite.wire_home import Settings

_log = logging.getLogger(__name__)

_KEYBOARD = (
    "its button is the keyboard: talk and Enter begins a turn and ends what it says, "
    "pair forgets its hub for a new one, stop silences every toy"
)


@dataclass(eq=False, repr=False)
class Ending:
    """When the program is to end, and whether it is to begin again."""

    now: asyncio.Event = field(default_factory=asyncio.Event)
    again: bool = False

    def restart(self) -> None:
        self.again = True
        self.now.set()


@dataclass(eq=False, repr=False)
class Toy:
    """Everything that runs, built and not yet running."""

    sock: socket.socket
    announcer: Announcer
    satellite: Satellite
    server: Server
    speaker: Speaker
    panel: Panel
    light: LightPanel | None
    watchdog: Watchdog
    pairing: Pairing | None
    """None for a plain toy."""
    ending: Ending
    clock: Clock
    claimed: TextIO
    """Open for as long as this process is the toy of its folder."""

    @classmethod
    def build(cls, args: SimpleNamespace) -> "Toy":
        """Raises SetupError. The port comes first: when it is taken, nothing has been touched."""
        clock = SystemClock()
        sock = listen_on(args.host, args.port)
        folder = args.state or identity.state_folder(os.environ)
        who = Identity(identity.device_id(folder), args.name)
        claimed = claim(folder)
        hardware = PRESETS[args.hardware]
        spec = args.mic or hardware.microphone
        wake = Wake(args.wake or ("voice" if spec.startswith("wav:") else "manual"))
        microphone = open_microphone(spec, clock)
        full_speaker = open_speaker(args.speaker or hardware.speaker, clock)
        echo = _echo(clock)
        if echo is not None:
            microphone = EchoingMicrophone(microphone, echo)
            full_speaker = EchoingSpeaker(full_speaker, echo)
        speaker = QuietSpeaker(full_speaker)
        waker = Waker(wake, args.word, echo)
        lamp = open_lamp(hardware)
        light = LightPanel(lamp, clock) if lamp else None
        home, away, ending = None, None, Ending()
        panels = Panels([ConsolePanel(), *([light] if light else [])])
        panel = MutedPanel(panels, lambda: home is not None and home.settings.now.mute)

        def session(link: Link) -> Session:
            return Session(link, microphone, speaker, waker, panel, clock, home)

        pairing = None
        if not args.plain:
            vault = Vault.open(folder, who.device_id)
            # Its code must be heard, however quiet the toy is set.
            pairing = Pairing(vault, Mouth(full_speaker, clock), panel, _tell, clock)
            away = Away(folder, lambda: vault.owner, Mouth(speaker, clock), panel, clock)
            pairing.silence = away.be_silent
            home = _home(folder, waker, speaker, light, ending, away, clock)
            if no_opus := wire_opus.problem():
                _log.warning("%s; until then sound goes in PCM, ten times as much", no_opus)
        pair = pairing.open if pairing else _nothing_to_pair
        satellite = Satellite(session, panel, pair, Contacts(folder).note, away)
        server = Server(satellite, info(who, has_vad=wake is Wake.VOICE), clock, pairing)
        announced = pairing.announced if pairing else None
        announcer = Announcer(who, sock.getsockname()[1], args.interface, clock, announced)
        if pairing:
            pairing.on_change = announcer.announce_anew
        watchdog = Watchdog(os.environ, own_port(sock), clock)
        return cls(
            *(sock, announcer, satellite, server, speaker, panel, light, watchdog, pairing),
            *(ending, clock, claimed),
        )

    async def run(self) -> bool:
        """Until SIGINT or SIGTERM, or until its hub wants it to start anew: then it gives True."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.ending.now.set)
        loop.add_signal_handler(PAIR, self.satellite.pair)
        if sys.stdin is not None and sys.stdin.isatty():
            loop.add_reader(sys.stdin, self._typed)
            _tell(_KEYBOARD)
        self.panel.show(State.STARTING)
        button = Button(self.satellite, self.clock)
        host, port = self.sock.getsockname()[:2]
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.speaker.aclose)
            push_button = _push_button(button)
            if push_button is not None:
                stack.callback(push_button.close)
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(self.satellite.run(), name="satellite"),
                    tasks.create_task(self.server.run(self.sock), name="server"),
                    tasks.create_task(self.announcer.run(), name="announcer"),
                    tasks.create_task(button.run(), name="button"),
                    tasks.create_task(self.watchdog.run(), name="watchdog"),
                ]
                if self.light is not None:
                    running.append(tasks.create_task(self.light.run(), name="light"))
                _tell(f"listening on {host}:{port}")
                lean.started()
                if self.pairing is not None:
                    running.append(tasks.create_task(self.pairing.run(), name="pairing"))
                await self.ending.now.wait()
                for task in running:
                    task.cancel()
        return self.ending.again

    def _typed(self) -> None:
        """A line on its terminal stands for its button; who typed anything else is told what does."""
        line = sys.stdin.readline()
        if not line:
            asyncio.get_running_loop().remove_reader(sys.stdin)
        elif line.strip() == "talk":
            self.satellite.tap()
            self.satellite.trigger()
        elif line.strip() == "pair":
            self.satellite.pair()
        elif line.strip() == "stop":
            self.satellite.emergency()
        else:
            _tell(_KEYBOARD)


def _home(
    folder: Path,
    waker: Waker,
    speaker: QuietSpeaker,
    light: LightPanel | None,
    ending: Ending,
    away: Away,
    clock: Clock,
) -> Home:
    """What a paired hub may set and order, with what it set before."""
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    settings = KeptSettings(folder)

    def obey(wanted: Settings) -> None:
        speaker.set_percent(wanted.loudness)
        if light is not None:
            light.set_brightness(wanted.led)

    settings.on_change(obey)
    try:
        waker.choose(settings.now)
    except SetupError as error:
        _log.warning("%s: its button wakes it", error)
    vitals = Vitals(clock, warnings)
    return Home(
        settings,
        vitals,
        clock,
        choose_wake=waker.choose,
        restart=ending.restart,
        away=away,
        software=Software.launched(os.environ),
    )


def _echo(clock: Clock) -> Echo | None:
    """None where nothing can take the toy's own voice out of what it hears: then its button alone interrupts it."""
    try:
        return Echo(EchoCanceller(), clock)
    except SetupError as error:
        _log.info("%s", error)
        return None


def _tell(line: str) -> None:
    sys.stdout.write(f"pommai-satellite: {line}\n")
    sys.stdout.flush()


def _nothing_to_pair() -> None:
    _tell("a --plain toy is not paired: any hub may have it")


def _push_button(button: Button) -> gpio.PushButton | None:
    """What feels the finger; None where there are no pins, or where they can't be used."""
    if not gpio.available():
        return None
    try:
        return gpio.PushButton(button.down, button.up)
    except DeviceError as error:
        _log.warning("%s", error)
        return None
