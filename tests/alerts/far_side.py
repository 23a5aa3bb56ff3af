"""The services that adults are reached through, on loopback and with faults: a web hook and a mail server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.devices.processes import free_port


class WebHook:
    """What Apprise's json:// talks to. `answers` is an HTTP status, or None for no answer at all."""

    def __init__(self) -> None:
        self.port = free_port()
        self.answers: int | None = 200
        self.got: list[dict[str, Any]] = []
        """Each message as it came, taken or not."""
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"json://mum:hunter2@127.0.0.1:{self.port}/secret-path"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.got]

    async def open(self) -> None:
        application = web.Application()
        application.router.add_post("/secret-path/", self._take)
        application.router.add_post("/secret-path", self._take)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        if self.answers is None:
            await asyncio.Event().wait()
        return web.Response(status=self.answers or 500)


@asynccontextmanager
async def web_hook() -> AsyncIterator[WebHook]:
    hook = WebHook()
    await hook.open()
    try:
        yield hook
    finally:
        await hook.close()


class MailServer:
    """Takes mail, or answers with `answer` instead."""

    def __init__(self) -> None:
        self.answer = "250 taken"
        self.got: list[Message] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.got.append(message_from_bytes(envelope.content))
        return self.answer


@asynccontextmanager
async def mail_server(port: int) -> AsyncIterator[MailServer]:
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    await asyncio.to_thread(controller.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(controller.stop)


def mail_url(port: int) -> str:
    return f"mailto://127.0.0.1:{port}?from=hub@example.org&to=mum@example.org&mode=insecure"
