"""The WebSocket on which a grown-up tries a toy: real turns, and whatever a browser may send instead."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import (
    ClientWebSocketResponse,
    WSCloseCode,
    WSMessage,
    WSMsgType,
    WSServerHandshakeError,
    web,
)

from guardian_web.app import serving
from guardian_web.sign_in.accounts import SetupCode
from guardian_web.try_toy.line import MESSAGES_AT_ONCE, SEND_S, TryLine
from guardian_web.try_toy.session import IDLE_S, TrySession
from guardian_web.try_toy.views import MAX_MESSAGE_BYTES, MAX_TALKS
from hub.domain.talk import PAGE, Turn, TurnState
from hub.pipeline.streams import AHEAD_S
from hub.providers.base import Llm, Stt
from tests.clock import FakeClock, settle
from tests.guardian.conftest import Browser
from tests.guardian.household import Household
from tests.guardian.pages_of import pages_of
from tests.pipeline.scripted import House, ScriptedLlm, ScriptedStt, house

ID = "a-talk-of-this-test"
FRAME_BYTES = 640
VOICE = b"\x10\x20" * (FRAME_BYTES // 2)
SILENCE = bytes(FRAME_BYTES)
Message = dict[str, Any]


@dataclass
class TryPage:
    """The page's end of one talk. Sound is counted, and left out of what is received."""

    socket: ClientWebSocketResponse
    toy: str
    sound_bytes: int = 0

    async def send(self, kind: str, **fields: object) -> None:
        await self.socket.send_str(json.dumps({"type": kind} | fields))

    async def start(self, mode: str) -> None:
        await self.send("start", toy=self.toy, mode=mode)

    async def speak(self, voice_ms: int, silence_ms: int = 0) -> None:
        for frame in [VOICE] * (voice_ms // 20) + [SILENCE] * (silence_ms // 20):
            await self.socket.send_bytes(frame)

    async def until(self, kind: str, **fields: object) -> list[Message]:
        """All messages up to the first of that kind with those fields; fails at the end."""
        seen: list[Message] = []
        async with asyncio.timeout(60):
            while not (seen and seen[-1]["type"] == kind and seen[-1].items() >= fields.items()):
                message = await self.socket.receive()
                if message.type is WSMsgType.BINARY:
                    self.sound_bytes += len(message.data)
                    continue
                assert message.type is WSMsgType.TEXT, f"closed after {seen}"
                seen.append(json.loads(message.data))
        return seen

    async def finished(self, outcome: str) -> list[Message]:
        """The messages of a turn that is played to its end."""
        seen = await self.until("llm_response")
        turn = seen[-1]["turn"]
        await self.send("played", turn=turn, ms=3_600_000)
        seen += await self.until("finished", turn=turn)
        assert seen[-1]["outcome"] == outcome
        return seen

    async def line_at_the_end(self) -> str:
        """What the hub says as it hangs up."""
        line = str((await self.until("error"))[-1]["message"])
        await self.closed()
        return line

    async def closed(self) -> int | None:
        async with asyncio.timeout(60):
            while (await self.socket.receive()).type is not WSMsgType.CLOSE:
                pass
        return self.socket.close_code


@dataclass
class TrySite:
    """A household with a real pipeline, and its pages."""

    home: House
    household: Household
    app: web.Application
    origin: str
    clock: FakeClock
    code: SetupCode
    stack: AsyncExitStack
    parent: Browser

    async def open(self, session_id: str = ID, **headers: str) -> TryPage:
        headers.setdefault("Origin", self.origin)
        socket = await self.parent.session.ws_connect(
            f"{self.origin}/ws/talk/{session_id}", headers=headers
        )
        self.stack.push_async_callback(socket.close)
        return TryPage(socket, self.home.toy.id)

    async def turns(self, *states: TurnState) -> list[Turn]:
        """The stored ones, the oldest first, once they are in these states."""
        async with asyncio.timeout(60):
            while True:
                turns = (await self.home.store.turns.recent(9))[::-1]
                if [turn.state for turn in turns] == list(states):
                    return turns
                await asyncio.sleep(0.01)


@asynccontextmanager
async def trying(
    folder: Path, *, stts: Sequence[Stt] = (), llms: Sequence[Llm] = ()
) -> AsyncIterator[TrySite]:
    clock, code = FakeClock(), SetupCode(lambda _: None)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(house(folder, stts=stts, llms=llms, clock=clock))
        household = Household(home.bus, home.store, clock, home.pipeline)
        app = pages_of(household, clock, code)
        url = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        origin = url.rstrip("/")
        parent = await Browser.new(stack, origin)
        assert (await parent.set_up(code.text)).status == HTTPStatus.SEE_OTHER
        yield TrySite(home, household, app, origin, clock, code, stack, parent)


def kinds(messages: Sequence[Message]) -> list[str]:
    return [m["state"] if m["type"] == "state" else m["type"] for m in messages]


def told(messages: Sequence[Message], kind: str) -> list[str]:
    return [message["text"] for message in messages if message["type"] == kind]


async def test_hands_free_silence_ends_the_turn_and_the_toy_answers(tmp_path: Path) -> None:
    stt, llm = ScriptedStt("what do bears eat"), ScriptedLlm("Berries and honey.")
    async with trying(tmp_path, stts=[stt], llms=[llm]) as site:
        page = await site.open()
        await page.start("hands-free")
        await page.speak(600, 240)
        seen = await page.until("interim_transcript")
        await page.speak(0, 2500)
        seen += await page.finished("done")
        assert kinds(seen) == [
            "listening",
            "hearing",
            "interim_transcript",
            "thinking",
            "final_transcript",
            "llm_response",
            "tts_audio",
            "speaking",
            "finished",
        ]
        assert told(seen, "interim_transcript") == ["what do bears eat"]
        assert told(seen, "final_transcript") == ["what do bears eat"]
        assert told(seen, "llm_response") == ["Berries and honey."]
        assert page.sound_bytes == pytest.approx(200 * 32, abs=64)
        assert seen[-1]["first_sound_ms"] is not None
        assert (await page.until("state"))[-1]["state"] == "listening"
        [turn] = await site.turns(TurnState.DONE)
        assert turn.source == PAGE
        assert seen[-1]["page"] == f"/talks/{turn.conversation_id}#turn-{turn.id}"


async def test_push_to_talk_ends_the_turn_with_the_release_and_with_no_pause(
    tmp_path: Path,
) -> None:
    stt, llm = ScriptedStt("what do bears eat"), ScriptedLlm("Berries.")
    async with trying(tmp_path, stts=[stt], llms=[llm]) as site:
        page = await site.open()
        await page.start("push")
        await page.speak(600, 3000)
        await page.speak(600)
        await page.send("stop")
        seen = await page.finished("done")
        assert stt.heard_ms > 4000
        assert told(seen, "final_transcript") == ["what do bears eat"]
        assert (await page.until("state"))[-1]["state"] == "idle"


async def test_a_button_held_in_silence_is_no_turn(tmp_path: Path) -> None:
    async with trying(tmp_path, stts=[ScriptedStt("nothing")]) as site:
        page = await site.open()
        await page.start("push")
        await page.speak(0, 600)
        await page.send("stop")
        assert (await page.until("finished"))[-1]["outcome"] == "nothing"
        assert await site.home.store.turns.recent(1) == []


async def test_typed_words_are_answered_aloud(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("Berries and honey.")]) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="  what do bears eat ")
        seen = await page.finished("done")
        assert told(seen, "final_transcript") == ["what do bears eat"]
        assert told(seen, "llm_response") == ["Berries and honey."]
        assert page.sound_bytes == pytest.approx(200 * 32, abs=64)


async def test_what_is_refused_is_told_with_its_reason(tmp_path: Path) -> None:
    async with trying(tmp_path) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="i want to kill my brother")
        seen = await page.finished("refused")
        [refusal] = [message for message in seen if message["type"] == "refused"]
        assert (refusal["whose"], refusal["about"]) == ("child", "violence")
        assert refusal["reason"]
        [alert] = await site.home.store.alerts.list(5)
        assert alert.tried
        alerts = await site.parent.see("/alerts")
        assert "<b>A grown-up, trying the toy</b> i want to kill my brother" in alerts


async def test_a_voice_over_the_answer_cuts_it_and_is_the_next_turn(tmp_path: Path) -> None:
    more = asyncio.Event()
    stt, llm = ScriptedStt("tell me about bears"), ScriptedLlm("Bears are big. ", more)
    async with trying(tmp_path, stts=[stt], llms=[llm]) as site:
        page = await site.open()
        await page.start("hands-free")
        await page.speak(600, 2500)
        answer = (await page.until("state", state="speaking"))[-1]["turn"]
        await page.send("played", turn=answer, ms=1000)
        await page.speak(600)
        seen = await page.until("state", state="hearing")
        assert kinds(seen[-2:]) == ["interrupted", "hearing"]
        assert seen[-2]["turn"] == answer != seen[-1]["turn"]
        await page.speak(0, 2500)
        assert told(await page.until("final_transcript"), "final_transcript") == [
            "tell me about bears"
        ]
        cut, _ = await site.turns(TurnState.CUT, TurnState.THINKING)
        assert cut.said == ["Bears are big."]


async def test_the_answer_is_cut_after_the_last_word_that_was_heard_when_the_page_says_so(
    tmp_path: Path,
) -> None:
    llm = ScriptedLlm("One is one. ", "Two is two. ", "Three is three. ", "Four is four.")
    async with trying(tmp_path, llms=[llm]) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="count for me")
        seen = await page.until("llm_response", text="Two is two.")
        await page.send("played", turn=seen[-1]["turn"], ms=280)  # each takes 200
        await page.send("interrupt")
        assert kinds(await page.until("state"))[-2:] == ["interrupted", "idle"]
        [turn] = await site.turns(TurnState.CUT)
        assert turn.said == ["One is one.", "Two"]
        await page.send("text", text="and once more")
        await page.until("final_transcript")


async def test_no_more_sound_is_ahead_of_the_loudspeaker_than_elsewhere(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One is one. " * 9)]) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="count for me")
        for _ in range(2):
            await page.until("llm_response")
        await site.clock.advance(0.2)
        await page.until("llm_response")
        await page.send("interrupt")
        await page.until("interrupted")
        assert AHEAD_S < page.sound_bytes / 32_000 <= AHEAD_S + 0.2


async def test_pressing_again_cuts_the_answer(tmp_path: Path) -> None:
    stt, llm = ScriptedStt("hello bear"), ScriptedLlm("Hello you. ", asyncio.Event())
    async with trying(tmp_path, stts=[stt], llms=[llm]) as site:
        page = await site.open()
        await page.start("push")
        await page.speak(600)
        await page.send("stop")
        await page.until("state", state="speaking")
        await page.start("push")
        assert kinds(await page.until("state", state="listening"))[-2] == "interrupted"
        await site.turns(TurnState.CUT)


async def test_of_words_typed_in_haste_the_last_are_answered(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One.")]) as site:
        page = await site.open()
        await page.start("typed")
        for number in range(5):
            await page.send("text", text=f"question {number}")
        seen = await page.until("final_transcript", text="question 4")
        seen += await page.finished("done")
        assert [m["turn"] for m in seen if m["type"] == "finished"] == [5]
        await page.start("hands-free")
        await page.until("state", state="listening")


async def test_a_page_that_goes_in_the_middle_cuts_the_turn(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One. ", asyncio.Event())]) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="count for me")
        await page.until("state", state="speaking")
        await page.socket.close()
        await site.turns(TurnState.CUT)
        await (await site.open()).start("typed")  # its place is free again


async def test_a_line_that_breaks_in_the_middle_cuts_the_turn(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One. ", asyncio.Event())]) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="count for me")
        await page.until("state", state="speaking")
        page.socket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        await site.turns(TurnState.CUT)


async def test_the_emergency_stop_ends_the_talk_with_a_clear_line(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One. ", asyncio.Event())]) as site:
        page = await site.open()
        await page.start("typed")
        await page.send("text", text="count for me")
        await page.until("state", state="speaking")
        await site.household.emergency_stop.call()
        assert "stopped" in await page.line_at_the_end()
        await site.turns(TurnState.CUT)
        again = await site.open("another-talk-of-it")
        await again.start("typed")
        await again.send("text", text="count for me")
        assert "the toys are stopped" in await again.line_at_the_end()


async def test_who_signed_out_elsewhere_begins_no_turn(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One.")]) as site:
        page = await site.open()
        await page.start("typed")
        await site.home.store.guardian.sessions.delete_all()
        await page.send("text", text="count for me")
        assert await page.line_at_the_end() == "You were signed out."
        assert await site.home.store.turns.recent(1) == []


async def test_a_toy_that_is_gone_is_one_clear_line(tmp_path: Path) -> None:
    async with trying(tmp_path) as site:
        page = await site.open()
        page.toy = "gone"
        await page.start("push")
        assert await page.line_at_the_end() == "There is no such toy any more."


async def test_an_open_microphone_that_hears_nobody_is_let_go(tmp_path: Path) -> None:
    async with trying(tmp_path, stts=[ScriptedStt("x")]) as site:
        page = await site.open()
        await page.start("hands-free")
        await page.until("state", state="listening")
        await settle()
        for _ in range(13):
            await site.clock.advance(IDLE_S / 12)
            await page.socket.send_bytes(SILENCE)
            await asyncio.sleep(0.02)
        assert await page.line_at_the_end() == "Nobody said anything for two minutes."


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
