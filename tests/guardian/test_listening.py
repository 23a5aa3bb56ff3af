"""What strangers do to the listeners: many connections, halves of requests, and nonsense."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from guardian_web import app as pages
from guardian_web import listening
from guardian_web.api import lan
from guardian_web.listening import WebListener, addresses_of
from guardian_web.phone import listener as phones
from hub.lan import descriptors
from hub.lan.strangers import Strangers
from integrations.wyoming_services import server as services
from tests.clock import FakeClock
from tests.guardian.conftest import Site

LOOPBACK = "127.0.0.1"


def port_of(site: Site) -> int:
    return int(site.origin.rpartition(":")[2])


async def test_unfinished_requests_take_no_more_than_their_share(site: Site) -> None:
    held, more = [], 20
    for _ in range(pages.MAX_PER_ADDRESS + more):
        reader, writer = await asyncio.open_connection(LOOPBACK, port_of(site))
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        held.append((reader, writer))
    async with asyncio.timeout(60):
        for reader, _ in held[:more]:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
    assert not any(reader.at_eof() for reader, _ in held[more:])
    for _, writer in held:
        writer.close()


async def test_strangers_crowd_out_each_other_and_nobody_who_has_signed_in(site: Site) -> None:
    parent = await site.guardian()
    page = await parent.get("/events")
    held = [
        await asyncio.open_connection(LOOPBACK, port_of(site))
        for _ in range(2 * pages.MAX_PER_ADDRESS)
    ]
    other = await site.guardian()
    assert "Said last" in await other.see("/")
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionError):
            assert await held[0][0].read() == b""
        assert await page.content.readline()
    assert page.connection is not None
    assert not page.connection.closed
    page.close()
    for _, writer in held:
        writer.close()


async def test_all_caps_together_fit_what_there_should_be_descriptors_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = (pages, phones, lan, services)
    caps = [port.MAX_CONNECTIONS for port in ports]
    assert sum(caps) == descriptors.FOR_NETWORK
    for limit in (descriptors.NEEDED, 200, descriptors.FOR_HUB + 60):
        monkeypatch.setattr(descriptors, "limit", lambda limit=limit: limit)
        assert sum(map(descriptors.share_of, caps)) <= limit - descriptors.FOR_HUB
    monkeypatch.setattr(descriptors, "limit", lambda: 30)
    assert [descriptors.share_of(cap) for cap in caps] == [descriptors.LEAST_SHARE] * 4


async def test_who_sends_no_whole_head_is_closed_and_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "IDLE_S", 0.2)
    async with greeting() as port:
        slow, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        async with asyncio.timeout(60):
            assert await slow.read() == b""
        writer.close()
        assert (
            await answer_to(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        ).endswith(b"Hello")


async def test_of_a_request_that_cannot_be_read_the_kind_alone_is_logged_and_not_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with greeting() as port:
        for _ in range(20):
            await answer_to(port, b"GET / HTTP/1.1\r\nCookie\x01: the-secret\r\n\r\n")
            await answer_to(port, b"\x16\x03the-secret" * 500 + b"\r\n\r\n")
    ours = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(ours) == 1
    assert "could not be read" in caplog.text
    assert "the-secret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_name_stands_for_the_addresses_that_this_machine_has() -> None:
    assert LOOPBACK in await addresses_of("localhost", 0)
    assert await addresses_of(LOOPBACK, 0) == [LOOPBACK]


@contextlib.asynccontextmanager
async def greeting() -> AsyncIterator[int]:
    """A listener that greets; gives its port."""

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="Hello")

    app = web.Application()
    app.router.add_get("/", hello)
    listener = WebListener(app, Strangers(), FakeClock(), max_connections=8, max_per_address=8)
    async with listener.open([LOOPBACK], 0) as port:
        yield port


async def answer_to(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(request)
    answer = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(60):
            answer = await reader.read()
    writer.close()
    return answer
