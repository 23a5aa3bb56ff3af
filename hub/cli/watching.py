"""Shows the messages of a link as they pass: a line each, and one a second for what is mere sound."""

from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

Json = dict[str, Any]

FOLD_MS = 1000.0
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
        what = f"audio-chunk ×{self.chunks}  {self.payload_bytes} B, {self.audio_ms:.0f} ms{wait}"
        return _line(self.first, what)


async def show(messages: AsyncIterable[Json], console: Console) -> None:
    """Until they end."""
    sounds: dict[str, _Sound] = {}

    def tell(sound: _Sound) -> None:
        console.print(Text(sound.line(), "dim"), soft_wrap=True)

    async for message in messages:
        way, kind = message["way"], message.get("type", "")
        if kind == "audio-chunk":
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
