"""Server-sent events, read from bytes: bounded, and without any network of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .errors import HubOddError

EVENT_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Event:
    kind: str
    data: str
    id: str


class EventReader:
    """Feed it what comes; it gives what is whole."""

    def __init__(self) -> None:
        self._held = b""
        self._kind = ""
        self._data: list[str] = []
        self._id = ""
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. HubOddError for one above a mebibyte, or not UTF-8."""
        *lines, self._held = (self._held + chunk).split(b"\n")
        found = [event for line in lines if (event := self._line(line.removesuffix(b"\r")))]
        if self._size + len(self._held) > EVENT_BYTES:
            raise HubOddError("an event that is too long")
        return found

    def _line(self, raw: bytes) -> Event | None:
        if not raw:
            return self._whole()
        self._size += len(raw)
        if self._size > EVENT_BYTES:
            raise HubOddError("an event that is too long")
        try:
            name, _, value = raw.decode("utf-8").partition(":")
        except UnicodeDecodeError as error:
            raise HubOddError("an event that is not UTF-8") from error
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        return None

    def _whole(self) -> Event | None:
        event = Event(self._kind, "\n".join(self._data), self._id) if self._data else None
        self._kind, self._data, self._size = "", [], 0
        return event
