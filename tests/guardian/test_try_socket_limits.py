"""Who gets in to try a toy, how many, and what no page of ours sends."""

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import (
    WSCloseCode,
    WSMessage,
    WSMsgType,
    WSServerHandshakeError,
    web,
)

from guardian_web.try_toy.line import MESSAGES_AT_ONCE, SEND_S, TryLine
from guardian_web.try_toy.session import TrySession
from guardian_web.try_toy.views import MAX_MESSAGE_BYTES, MAX_TALKS
from hub.domain.talks.talk import TurnState
from tests.clock import FakeClock
from tests.guardian.household import Household
from tests.guardian.trying import ID, VOICE, Message, TryPage, trying
from tests.pipeline.scripted import ScriptedLlm, house


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, HTTPStatus.FORBIDDEN),
        ({"Origin": "null"}, HTTPStatus.FORBIDDEN),
        ({"Origin": ""}, HTTPStatus.FORBIDDEN),
        ({"Host": "evil.example"}, HTTPStatus.MISDIRECTED_REQUEST),
        ({"Cookie": "pommai_session=made-up"}, HTTPStatus.UNAUTHORIZED),
    ],
)
async def test_only_a_page_of_ours_that_is_signed_in_gets_in(
    tmp_path: Path, headers: dict[str, str], status: HTTPStatus
) -> None:
    async with trying(tmp_path) as site:
        if "Cookie" in headers:
            site.parent.session.cookie_jar.clear()
        with pytest.raises(WSServerHandshakeError) as refusal:
            await site.open(**headers)
        assert refusal.value.status == status


@pytest.mark.parametrize("session_id", ["short", "a" * 65, "sixteen.letters.", "%2e%2e" * 6])
async def test_a_session_id_is_checked(tmp_path: Path, session_id: str) -> None:
    async with trying(tmp_path) as site:
        with pytest.raises(WSServerHandshakeError) as refusal:
            await site.open(session_id)
        assert refusal.value.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


async def test_talks_are_counted_and_none_is_joined(tmp_path: Path) -> None:
    async with trying(tmp_path) as site:
        pages = [await site.open(f"{ID}-{number}") for number in range(MAX_TALKS - 1)]
        with pytest.raises(WSServerHandshakeError) as joined:
            await site.open(f"{ID}-0")
        assert joined.value.status == HTTPStatus.CONFLICT
        pages.append(await site.open(f"{ID}-last"))
        with pytest.raises(WSServerHandshakeError) as one_too_many:
            await site.open()
        assert one_too_many.value.status == HTTPStatus.SERVICE_UNAVAILABLE
        for page in pages:
            await page.socket.close()


async def test_two_talks_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One is one. ", asyncio.Event())]) as site:
        one, other = await site.open(f"{ID}-1"), await site.open(f"{ID}-2")
        for page in (one, other):
            await page.start("typed")
            await page.send("text", text="count for me")
            await page.until("state", state="speaking")
        await one.socket.close()
        await site.turns(TurnState.CUT, TurnState.THINKING)
        await other.send("interrupt")
        await other.until("interrupted")


Fault = Callable[[TryPage], Any]


async def sound_first(page: TryPage) -> None:
    await page.socket.send_bytes(VOICE)


async def half_a_sample(page: TryPage) -> None:
    await page.start("push")
    await page.socket.send_bytes(VOICE[:-1])


async def release_first(page: TryPage) -> None:
    await page.send("stop")


async def another_toy(page: TryPage) -> None:
    await page.start("typed")
    await page.send("start", toy="another", mode="typed")


async def flood(page: TryPage) -> None:
    await page.start("typed")
    for _ in range(MESSAGES_AT_ONCE):
        await page.socket.send_bytes(b"")


def says(text: str) -> Fault:
    async def fault(page: TryPage) -> None:
        await page.start("typed")
        await page.socket.send_str(text)

    return fault


@pytest.mark.parametrize(
    "fault",
    [
        sound_first,
        half_a_sample,
        release_first,
        another_toy,
        flood,
        says("not JSON"),
        says("[]"),
        says("[" * 4000),
        says('{"type": "speak", "text": "hello"}'),
        says('{"type": "text", "text": ""}'),
        says('{"type": "text", "text": "%s"}' % ("a" * 501)),
        says('{"type": "text", "text": "hello", "toy": "another"}'),
        says('{"type": "played", "turn": 1, "ms": 1e400}'),
        says('{"type": "start", "toy": "x", "mode": "loud"}'),
    ],
)
async def test_what_no_page_of_ours_sends_ends_the_talk_with_a_line(
    tmp_path: Path, fault: Fault
) -> None:
    async with trying(tmp_path) as site:
        page = await site.open()
        await fault(page)
        assert await page.line_at_the_end()
        assert page.socket.close_code == WSCloseCode.POLICY_VIOLATION


async def test_a_message_that_is_too_big_ends_the_talk(tmp_path: Path) -> None:
    async with trying(tmp_path) as site:
        page = await site.open()
        await page.start("push")
        await page.socket.send_bytes(bytes(MAX_MESSAGE_BYTES + 2))
        assert await page.closed() == WSCloseCode.MESSAGE_TOO_BIG


async def test_the_hubs_stop_ends_open_talks(tmp_path: Path) -> None:
    async with trying(tmp_path) as site:
        page = await site.open()
        await page.start("typed")
        await site.app.shutdown()
        assert await page.closed() == WSCloseCode.GOING_AWAY


class Deaf:
    """A socket whose far side stops reading at the first sound."""

    def __init__(self, *messages: Message) -> None:
        self.is_deaf = asyncio.Event()
        self._messages = [json.dumps(message) for message in messages]

    async def receive(self) -> WSMessage:
        if not self._messages:
            await asyncio.Event().wait()
        return WSMessage(WSMsgType.TEXT, self._messages.pop(0), None)

    async def send_str(self, text: str) -> None:
        """Read."""

    async def send_bytes(self, data: bytes) -> None:
        self.is_deaf.set()
        await asyncio.Event().wait()


async def test_a_page_that_reads_no_more_is_given_up_and_its_turn_cut(tmp_path: Path) -> None:
    clock = FakeClock()

    async def yes() -> bool:
        return True

    async with house(tmp_path, llms=[ScriptedLlm("One.")], clock=clock) as home:
        deaf = Deaf(
            {"type": "start", "toy": home.toy.id, "mode": "typed"},
            {"type": "text", "text": "count for me"},
        )
        household = Household(home.bus, home.store, clock, home.pipeline)
        session = TrySession(
            household, TryLine(cast(web.WebSocketResponse, deaf), clock), clock, yes
        )
        running = asyncio.create_task(session.run())
        await deaf.is_deaf.wait()
        await clock.advance(SEND_S)
        await running
        [turn] = await home.store.turns.recent(9)
        assert turn.state is TurnState.CUT
