"""`pommai-hub toys watch` and `update`: what goes on between hub and toy, shown while it does.

`show` prints the messages of a link as they pass: a line each, and one a second for what is mere sound.
`update` brings a paired toy this hub's version of its software, and shows how far it is.
"""

from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from hub.cli.client import HubClient, Json, device_path
from hub.domain.clock import Clock
from hub.domain.toys import UpdateStep
from hub.errors import RefusedError

LOOK_EVERY_S = 1.0
WORDS = {
    UpdateStep.OFFERED: "waiting",
    UpdateStep.SENDING: "sending, between talks",
    UpdateStep.WAITING: "away; it gets the rest when it is back",
    UpdateStep.INSTALLING: "checking and unpacking",
    UpdateStep.STARTING: "starting with it",
}
FOLD_MS = 1000.0
SOUND = {"audio-chunk": "audio-chunk", "frame": "Opus frame"}
"""What is told together: the types of messages that are mere sound."""
ARROWS = {"from toy": "toy → hub", "to toy": "hub → toy", "link": "link"}


@dataclass
class _Sound:
    """Chunks of sound one way, told together."""

    first: Json
    chunks: int = 0
    payload_bytes: int = 0
    audio_ms: float = 0.0
    last_at_ms: float = field(init=False)
    longest_wait_ms: float = 0.0

    def __post_init__(self) -> None:
        self.last_at_ms = self.first["at_ms"]

    def add(self, message: Json) -> None:
        self.chunks += 1
        self.payload_bytes += message["payload_bytes"]
        self.audio_ms += message["audio_ms"]
        self.longest_wait_ms = max(self.longest_wait_ms, message["at_ms"] - self.last_at_ms)
        self.last_at_ms = message["at_ms"]

    @property
    def full(self) -> bool:
        return bool(self.last_at_ms - self.first["at_ms"] >= FOLD_MS)

    def line(self) -> str:
        wait = f", longest wait {self.longest_wait_ms:.0f} ms" if self.chunks > 1 else ""
        what = f"{SOUND[self.first['type']]} ×{self.chunks}  {self.payload_bytes} B, {self.audio_ms:.0f} ms{wait}"
        return _line(self.first, what)


async def show(messages: AsyncIterable[Json], console: Console) -> None:
    """Until they end."""
    sounds: dict[str, _Sound] = {}

    def tell(sound: _Sound) -> None:
        console.print(Text(sound.line(), "dim"), soft_wrap=True)

    async for message in messages:
        way, kind = message["way"], message.get("type", "")
        if kind in SOUND:
            sound = sounds.setdefault(way, _Sound(message))
            sound.add(message)
            if sound.full:
                tell(sounds.pop(way))
            continue
        for sound in sounds.values():
            tell(sound)
        sounds.clear()
        if kind:
            style = "bold" if way == "link" else ""
            console.print(Text(_line(message, _message(message)), style), soft_wrap=True)


def _message(message: Json) -> str:
    fields = [f"{name}={value}" for name, value in message["data"].items()]
    size = [f"{message['payload_bytes']} B"] if message["payload_bytes"] else []
    return "  ".join([message["type"], *size, *fields])


def _line(message: Json, what: str) -> str:
    missed = f"({message['missed']} missed) " if message["missed"] else ""
    return f"{message['at_ms'] / 1000:9.3f} s  {ARROWS[message['way']]:9}  {missed}{what}"


async def update(hub: HubClient, satellite: str, clock: Clock, console: Console | None) -> Json:
    """The satellite, once it runs this hub's version. Raises PommaiError with why it doesn't."""
    found = await hub.call("POST", device_path(satellite, "update"))
    told = found["update"]
    if console is not None:
        console.print(
            f"{found['name']} runs {found['firmware']}; this hub has {told['version']} for it, SHA-256\n"
            f"{told['sha256']}",
            markup=False,
        )
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=console, disable=console is None, transient=True) as progress:
        bar = progress.add_task("", total=100)
        while told is not None:
            if told["step"] == UpdateStep.FAILED:
                raise RefusedError(f"{found['name']} was not updated: {told['detail']}")
            progress.update(bar, description=WORDS[told["step"]], completed=told["percent"])
            await clock.sleep(LOOK_EVERY_S)
            found = await _found(hub, found["key"])
            told = found["update"]
    return found


async def _found(hub: HubClient, key: str) -> Json:
    """Raises RefusedError where it was released meanwhile."""
    for satellite in (await hub.call("GET", "/devices"))["devices"]:
        if satellite["key"] == key and satellite["adopted"]:
            found: Json = satellite
            return found
    raise RefusedError("it was released before it was updated")
