"""Somebody who sits between a hub and a toy."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

from wyoming.event import Event

from satellite.wire import tls as wire_tls
from satellite.wire.stream import WireError
from tests.satellite.secure_toy import PretendHub, SecureToy
from tests.satellite.toy import Peer


class Middle:
    """Somebody between hub and toy, with a certificate of his own for either side."""

    def __init__(self, toy: SecureToy, folder: Path) -> None:
        self._toy = toy
        self._own = PretendHub(folder)
        self.change: Callable[[Event], Event] = lambda event: event
        self.seen: list[Event] = []
        """What he could read."""
        self.port = 0

    async def __aenter__(self) -> "Middle":
        context = wire_tls.server_context(self._own.certificate_path, self._own.key_path, None)
        context.verify_mode = ssl.CERT_NONE
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()

    @property
    def certificate(self) -> bytes:
        return self._own.certificate

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hub_side = Peer(reader, writer)
        try:
            toy_side = await self._own.link(self._toy)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(hub_side, toy_side))
                tasks.create_task(self._pass(toy_side, hub_side))
        except* (WireError, OSError):
            pass
        finally:
            writer.close()

    async def _pass(self, giver: Peer, taker: Peer) -> None:
        while (event := await giver.read()) is not None:
            self.seen.append(event)
            await taker.say(self.change(event))
        await taker.hang_up()
