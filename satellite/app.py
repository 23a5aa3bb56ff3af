"""The whole toy: builds its parts and runs them together."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from satellite import identity
from satellite.announcer import Announcer
from satellite.audio.echo import Echo, EchoingMicrophone, EchoingSpeaker
from satellite.audio.microphone import open_microphone
from satellite.audio.prompts import RecordedPrompts
from satellite.audio.speaker import VolumeSpeaker, open_speaker
from satellite.audio.speex import EchoCanceller
from satellite.board import gpio
from satellite.board.button import Button
from satellite.board.hardware import PRESETS, open_lamp
from satellite.board.panel import LightPanel, Panel, State, ToyPanel
from satellite.board.vitals import Vitals, Warnings
from satellite.clock import Clock, SystemClock
from satellite.commands import CommandContext, KeptSettings
from satellite.errors import SetupError
from satellite.hub_control import HubContacts, HubControl
from satellite.identity import PAIR_SIGNAL, SatelliteIdentity, claim_folder
from satellite.link import HubLink
from satellite.offline.offline_mode import OfflineMode
from satellite.pairing.keys import KeyStore
from satellite.pairing.window import PairingWindow
from satellite.server import SatelliteServer, info, listen_on
from satellite.session import SatelliteSession
from satellite.update.software import Software
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire import opus
from satellite.wire.commands import SettingsMessage
from satellite.wire.watchdog import Watchdog, own_port

_log = logging.getLogger(__name__)

_KEYBOARD = (
    "its button is the keyboard: talk and Enter begins a turn and ends what it says, "
    "pair forgets its hub for a new one, next goes to the next of its children, "
    "stop silences every toy"
)


@dataclass(eq=False, repr=False)
class ProgramEnd:
    """When the program is to end, and whether it is to begin again."""

    now: asyncio.Event = field(default_factory=asyncio.Event)
    again: bool = False

    def restart(self) -> None:
        self.again = True
        self.now.set()


@dataclass(eq=False, repr=False)
class SatelliteApp:
    """Everything that runs, built and not yet running."""

    sock: socket.socket
    control: HubControl
    button: Button
    panel: Panel
    services: Mapping[str, Callable[[], Coroutine[None, None, None]]]
    """What runs side by side until the end, by name."""
    resources: AsyncExitStack
    """What is closed at the end."""
    ending: ProgramEnd

    @classmethod
    def build(cls, args: SimpleNamespace) -> "SatelliteApp":
        """Raises SetupError. The port comes first: when it is taken, nothing has been touched."""
        clock = SystemClock()
        sock = listen_on(args.host, args.port)
        folder = args.state or identity.state_folder(os.environ)
        who = SatelliteIdentity(identity.device_id(folder), args.name)
        resources = AsyncExitStack()
        resources.enter_context(claim_folder(folder))
        hardware = PRESETS[args.hardware]
        spec = args.mic or hardware.microphone
        wake = WakeMode(args.wake or ("voice" if spec.startswith("wav:") else "manual"))
        microphone = open_microphone(spec, clock)
        full_speaker = open_speaker(args.speaker or hardware.speaker, clock)
        echo = _echo(clock)
        if echo is not None:
            microphone = EchoingMicrophone(microphone, echo)
            full_speaker = EchoingSpeaker(full_speaker, echo)
        speaker = VolumeSpeaker(full_speaker)
        resources.push_async_callback(speaker.aclose)
        waker = Waker(wake, args.word, echo)
        lamp = open_lamp(hardware)
        light = LightPanel(lamp, clock) if lamp else None
        home, away, pairing, ending = None, None, None, ProgramEnd()
        panel = ToyPanel(light, lambda: home is not None and home.settings.now.mute)

        def session(link: HubLink) -> SatelliteSession:
            return SatelliteSession(link, microphone, speaker, waker, panel, clock, home)

        if not args.plain:
            keys = KeyStore.open(folder, who.device_id)
            away = OfflineMode(
                folder, lambda: keys.owner, RecordedPrompts(speaker, clock), panel, clock
            )
            # Its code must be heard, however quiet the toy is set.
            prompts = RecordedPrompts(full_speaker, clock)
            pairing = PairingWindow(keys, prompts, panel, _tell, clock, away.be_silent)
            home = _home(folder, waker, speaker, light, ending, away, clock)
            if no_opus := opus.problem():
                _log.info("%s; until then sound is sent uncompressed", no_opus)
        pair = pairing.open if pairing else _nothing_to_pair
        control = HubControl(session, panel, pair, HubContacts(folder).note, away)
        server = SatelliteServer(control, info(who, has_vad=wake is WakeMode.VOICE), clock, pairing)
        secure = (pairing.announced, pairing.changed) if pairing else ()
        announcer = Announcer(who, sock.getsockname()[1], args.interface, clock, *secure)
        button = Button(control, clock)
        services: dict[str, Callable[[], Coroutine[None, None, None]]] = {
            "control": control.run,
            "server": partial(server.run, sock),
            "announcer": announcer.run,
            "button": button.run,
            "watchdog": Watchdog(os.environ, own_port(sock), clock).run,
        }
        if light is not None:
            services["light"] = light.run
        if pairing is not None:
            services["pairing"] = pairing.run
        return cls(sock, control, button, panel, services, resources, ending)

    async def run(self) -> bool:
        """Until SIGINT or SIGTERM, or until its hub wants it to start anew: then it gives True."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.ending.now.set)
        loop.add_signal_handler(PAIR_SIGNAL, self.control.pair)
        if sys.stdin is not None and sys.stdin.isatty():
            loop.add_reader(sys.stdin, self._typed)
            _tell(_KEYBOARD)
        self.panel.show(State.STARTING)
        host, port = self.sock.getsockname()[:2]
        async with self.resources as resources:
            push_button = gpio.if_usable(lambda: gpio.PushButton(self.button.down, self.button.up))
            if push_button is not None:
                resources.callback(push_button.close)
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(run(), name=n) for n, run in self.services.items()]
                _tell(f"listening on {host}:{port}")
                # Python looks for garbage the sooner, and the faster, the less is there to stay.
                gc.freeze()
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
            self.control.tap()
            self.control.trigger()
        elif line.strip() == "pair":
            self.control.pair()
        elif line.strip() == "next":
            self.control.next_child()
        elif line.strip() == "stop":
            self.control.emergency()
        else:
            _tell(_KEYBOARD)


def _home(
    folder: Path,
    waker: Waker,
    speaker: VolumeSpeaker,
    light: LightPanel | None,
    ending: ProgramEnd,
    away: OfflineMode,
    clock: Clock,
) -> CommandContext:
    """What a paired hub may set and command, with what it set before."""
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)

    def obey(wanted: SettingsMessage) -> None:
        speaker.set_percent(wanted.loudness)
        if light is not None:
            light.set_brightness(wanted.led)
        away.obey(wanted)

    settings = KeptSettings(folder, obey)
    try:
        waker.choose(settings.now)
    except SetupError as error:
        _log.warning("%s: its button wakes it", error)
    return CommandContext(
        settings,
        Vitals(clock, warnings),
        away,
        clock,
        choose_wake=waker.choose,
        restart=ending.restart,
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
