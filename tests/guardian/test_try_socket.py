"""The WebSocket on which a grown-up tries a toy: real turns, and whatever a browser may send instead."""

import asyncio
import socket
from pathlib import Path

import pytest

from guardian_web.try_toy.session import IDLE_S
from guardian_web.try_toy.views import OPEN_TALKS
from hub.domain.talks.talk import PAGE, TurnState
from hub.pipeline.streams import AHEAD_S
from tests.clock import settle
from tests.guardian.trying import SILENCE, kinds, told, trying
from tests.pipeline.scripted import ScriptedLlm, ScriptedStt


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
        async with asyncio.timeout(60):
            while site.app[OPEN_TALKS]:
                await asyncio.sleep(0.01)
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
        assert "Let them talk again first" in await again.line_at_the_end()


async def test_who_signed_out_elsewhere_begins_no_turn(tmp_path: Path) -> None:
    async with trying(tmp_path, llms=[ScriptedLlm("One.")]) as site:
        page = await site.open()
        await page.start("typed")
        [owner] = await site.household.people.everybody()
        await site.household.sign_ins.end_all(owner.id)
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
