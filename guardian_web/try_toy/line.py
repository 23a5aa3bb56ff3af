"""The line to a page on which a toy is tried: what comes and goes on its WebSocket, bounded in number and time."""

import json
import logging
from typing import Annotated, Final, Literal

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from hub.domain.audio import SAMPLE_BYTES, PcmChunk
from hub.domain.clock import Clock
from hub.errors import RefusedError
from hub.translation import gettext as _

MAX_TYPED_CHARS = 500
"""Characters."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Start(_Message):
    """The first message, and the beginning of each turn that is spoken.

    `push`: a button is held until `Stop`; `hands-free`: turn after turn until `Stop`; `typed`: no
    microphone, `Typed` follows.
    """

    type: Literal["start"]
    toy: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    mode: Literal["push", "hands-free", "typed"]


class Stop(_Message):
    """The button was released, or the microphone switched off."""

    type: Literal["stop"]


class Typed(_Message):
    """Words instead of sound."""

    type: Literal["text"]
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TYPED_CHARS)
    ]


class Interrupt(_Message):
    """The toy is to be quiet now."""

    type: Literal["interrupt"]


class Played(_Message):
    """So much of the turn's sound has left the loudspeaker."""

    type: Literal["played"]
    turn: Annotated[int, Field(ge=0, le=1_000_000)]
    ms: Annotated[int, Field(ge=0, le=3_600_000)]


FromPage = Start | Stop | Typed | Interrupt | Played

_READER: TypeAdapter[FromPage] = TypeAdapter(Annotated[FromPage, Field(discriminator="type")])


def read(text: str) -> FromPage:
    """Raises RefusedError for what is none of these."""
    try:
        return _READER.validate_json(text)
    except ValidationError as error:
        raise RefusedError(
            _("That is not a message from this page. Please load the page again.")
        ) from error


SEND_S: Final = 5.0
MESSAGES_PER_S: Final = 100
"""A microphone sends 50."""
MESSAGES_AT_ONCE: Final = 500
"""What may come beyond that after a pause of the network."""

log = logging.getLogger(__name__)


class TryLine:
    """Sending raises ConnectionError where the page went, and TimeoutError where it reads no more."""

    def __init__(self, socket: web.WebSocketResponse, clock: Clock) -> None:
        self._socket = socket
        self._clock = clock
        self._read_at = clock.monotonic()
        self._messages_left: float = MESSAGES_AT_ONCE

    async def receive(self) -> FromPage | PcmChunk | None:
        """A message, a piece of the microphone's sound, or None when the page went.

        Raises RefusedError for what no page of ours sends.
        """
        message = await self._socket.receive()
        self._count_message()
        match message.type:
            case WSMsgType.TEXT:
                return read(message.data)
            case WSMsgType.BINARY if len(message.data) % SAMPLE_BYTES == 0:
                return PcmChunk(message.data)
            case WSMsgType.BINARY:
                raise RefusedError(
                    _("That is not sound from this page. Please load the page again.")
                )
            case _:
                return None

    async def tell(self, kind: str, turn: int, **fields: object) -> None:
        text = json.dumps({"type": kind, "turn": turn} | fields)
        async with self._clock.timeout(SEND_S):
            await self._socket.send_str(text)

    async def send_sound(self, piece: bytes) -> None:
        async with self._clock.timeout(SEND_S):
            await self._socket.send_bytes(piece)

    async def hang_up(self, line: str) -> None:
        """Say why, and close."""
        try:
            await self.tell("error", 0, message=line)
        except (ConnectionError, TimeoutError):
            log.debug("the page of a talk went before it was told why")
        await self._socket.close(code=WSCloseCode.POLICY_VIOLATION)

    def _count_message(self) -> None:
        now = self._clock.monotonic()
        earned = (now - self._read_at) * MESSAGES_PER_S
        self._read_at = now
        self._messages_left = min(MESSAGES_AT_ONCE, self._messages_left + earned) - 1
        if self._messages_left < 0:
            raise RefusedError(_("That is more sound than a microphone makes."))
