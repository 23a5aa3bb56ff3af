"""Trying a toy in a real Chromium: its microphone plays our recordings, and the hub really hears and speaks."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from hub.domain.talks.talk import PAGE, TurnState
from tests.guardian.browser import reads_well
from tests.guardian.trial import NAME_ELSEWHERE, Trial, recording, trial

Tried = Callable[..., AbstractAsyncContextManager[Trial]]

COW = "what sound does a cow make"


@pytest.fixture
def tried(tmp_path: Path) -> Tried:
    """A trial whose pages complain of nothing; the microphone plays these parts."""

    @asynccontextmanager
    async def run(*parts: str | float) -> AsyncIterator[Trial]:
        complaints: list[str] = []
        microphone = recording(tmp_path, *parts) if parts else None
        async with trial(tmp_path, microphone, complaints=complaints) as it:
            yield it
        # Nor does a browser isolate a page that it does not trust with a microphone.
        assert [
            line for line in complaints if "Opener-Policy header has been ignored" not in line
        ] == []

    return run


def card(page: Page) -> Locator:
    """The newest exchange."""
    return page.locator("#exchanges article").first


async def type_in(page: Page, text: str) -> None:
    await page.get_by_label("Say it in writing").fill(text)
    await page.keyboard.press("Enter")


async def test_hands_free_a_question_is_heard_and_answered_aloud(tried: Tried) -> None:
    async with tried(1.0, "spoken_cow.wav", 60.0) as it:
        await it.open()
        hands_free = it.page.get_by_role("button", name="Hands-free")
        await hands_free.click()
        await expect(card(it.page).locator(".child dd")).to_have_text(COW)
        await it.sounds()
        await expect(card(it.page).locator(".marks")).to_have_text("Allowed")
        await expect(card(it.page)).to_contain_text(re.compile(r"First sound \d+\.\d\d s after"))
        [turn] = await it.turns(TurnState.DONE)
        assert turn.source == PAGE
        await expect(card(it.page).locator(".answer dd")).to_have_text(" ".join(turn.said))
        await expect(it.page.locator("#announce")).to_contain_text(f"You: {COW}")
        await expect(it.page.locator("#state")).to_have_text("Listening")
        await hands_free.click()
        await expect(it.page.locator("#state")).to_have_text("Ready")
        await card(it.page).get_by_role("link", name="How it went").click()
        await expect(it.page.locator(f"#turn-{turn.id}")).to_contain_text("A grown-up, trying")


@pytest.mark.parametrize("way", ["mouse", "space bar", "keys on the button"])
async def test_the_turn_ends_when_the_button_is_let_go_and_not_before(
    tried: Tried, way: str
) -> None:
    async with tried(0.5, "spoken_cow.wav", 60.0) as it:
        await it.open()
        hold = it.page.get_by_role("button", name="Hold to talk")
        if way == "mouse":
            await hold.hover()
            await it.page.mouse.down()
        else:
            if way == "keys on the button":
                await hold.focus()
            await it.page.keyboard.down(" ")
        await expect(card(it.page).locator(".child dd")).to_have_text(COW)
        await expect(card(it.page).get_by_text("not yet checked")).to_be_visible()
        await expect(it.page.locator("#state")).to_have_text("Hearing you")
        await it.page.wait_for_timeout(2500)  # longer than any silence that ends a turn
        await expect(it.page.locator("#state")).to_have_text("Hearing you")
        if way == "mouse":
            await it.page.mouse.up()
        else:
            await it.page.keyboard.up(" ")
        await it.sounds()
        await expect(card(it.page).locator(".child dd")).to_have_text(COW)
        await expect(card(it.page).get_by_text("not yet checked")).to_be_hidden()
        await expect(card(it.page).locator(".marks")).to_have_text("Allowed")
        await expect(it.page.locator("#state")).to_have_text("Ready")
        await expect(it.page.locator("#exchanges article")).to_have_count(1)


async def test_a_voice_over_the_answer_silences_it_and_is_the_next_turn(tried: Tried) -> None:
    async with tried(2.0, "spoken_cow.wav", 60.0) as it:
        await it.open()
        await type_in(it.page, "tell me a story about a happy elephant")
        await it.sounds()
        await it.page.get_by_role("button", name="Hands-free").click()
        await expect(it.page.locator("#state")).to_have_text("Hearing you")
        await it.is_silent()
        await expect(it.page.locator("#exchanges article").last).to_contain_text("Interrupted")
        await expect(card(it.page).locator(".child dd")).to_have_text(COW)
        await it.sounds()
        cut, _ = await it.turns(TurnState.CUT, TurnState.DONE)
        assert len(cut.said) > 0
        assert not cut.said[-1].endswith("The end."), "it was heard to its end"


async def test_quiet_ends_the_answer(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        await type_in(it.page, "tell me a story about a happy elephant")
        await it.sounds()
        quiet = it.page.get_by_role("button", name="Quiet!")
        await quiet.click()
        await it.is_silent()
        await it.turns(TurnState.CUT)
        await expect(it.page.locator("#state")).to_have_text("Ready")
        await expect(quiet).to_be_hidden()
        await expect(card(it.page).locator(".marks")).to_have_text("Interrupted")


async def test_what_is_refused_says_why(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        await type_in(it.page, "i want to kill my brother")
        await expect(card(it.page).locator(".marks")).to_have_text("Redirected: violence")
        await expect(card(it.page).locator(".detail")).to_contain_text("(in your words)")
        await it.sounds()
        await it.turns(TurnState.REFUSED)


async def test_without_a_microphone_a_line_says_so_and_typing_works(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        await it.page.get_by_role("button", name="Hands-free").click()
        await expect(it.page.get_by_role("alert")).to_contain_text("You can type instead.")
        await type_in(it.page, COW)
        await it.sounds()
        await it.turns(TurnState.DONE)


async def test_a_page_that_gets_no_microphone_says_so_and_typing_works(tried: Tried) -> None:
    async with tried() as it:
        await it.page.goto(f"http://{NAME_ELSEWHERE}:{it.port}/sign-in")
        await it.page.get_by_label("Password").fill("blue horse battery")
        await it.page.keyboard.press("Enter")
        await it.page.get_by_role("link", name="Try Pommai").click()
        await expect(it.page.get_by_role("alert")).to_contain_text("only on pages with https")
        await expect(it.page.get_by_role("button", name="Hold to talk")).to_be_disabled()
        await type_in(it.page, COW)
        await it.sounds()
        await it.turns(TurnState.DONE)


async def test_the_emergency_stop_silences_the_page_with_a_line(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        await type_in(it.page, "tell me a story about a happy elephant")
        await it.sounds()
        await it.app.hub.emergency_stop.call()
        await expect(it.page.get_by_role("alert")).to_contain_text("stopped")
        await it.is_silent()
        await it.turns(TurnState.CUT)


async def test_the_page_reads_well_and_fits_a_phone(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        await reads_well(it.page)
        await type_in(it.page, "i want to kill my brother")
        await it.turns(TurnState.REFUSED)
        await reads_well(it.page)


async def test_no_sound_is_bent_by_another_rate(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        loudness = await it.page.evaluate(
            """async () => {
              const { Resampler } = await import("/static/resampler.js");
              const level = (from, to, hz) => {
                const resampler = new Resampler(from, to);
                const sound = [];
                for (let start = 0; start < from; start += 128) {
                  const piece = Float32Array.from({ length: 128 }, (_, n) =>
                    Math.sin((2 * Math.PI * hz * (start + n)) / from));
                  sound.push(...resampler.push(piece));
                }
                const middle = sound.slice(to / 4, (3 * to) / 4);
                return [sound.length / to, Math.sqrt((2 * middle.reduce((sum, x) => sum + x * x, 0)) / middle.length)];
              };
              const levels = {};
              for (const from of [44100, 48000, 96000]) {
                levels[`${from} passes`] = level(from, 16000, 3000);
                levels[`${from} stops`] = level(from, 16000, 9000);
                levels[`to ${from}`] = level(16000, from, 3000);
              }
              return levels;
            }"""
        )
        for name, (length, level) in loudness.items():
            assert length == pytest.approx(1, abs=0.01), name
            assert level == pytest.approx(0 if "stops" in name else 1, abs=0.01), name


async def test_the_player_leaves_no_gap_and_is_silent_at_once(tried: Tried) -> None:
    async with tried() as it:
        await it.open()
        heard = await it.page.evaluate(
            """async () => {
              const { Player } = await import("/static/player.js");
              const context = new OfflineAudioContext(1, 48000, 48000);
              const player = new Player(context);
              player.begin(1, 16000);
              for (let piece = 0; piece < 8; piece++) {
                player.push(Int16Array.from({ length: 1600 }, (_, n) =>
                  16384 * Math.sin((2 * Math.PI * 440 * (1600 * piece + n)) / 16000)).buffer);
              }
              let playedMs;
              context.suspend(0.5).then(() => {
                playedMs = player.playedMs;
                player.quiet();
                context.resume();
              });
              const sound = (await context.startRendering()).getChannelData(0);
              // A sine is its own second difference, but for a factor: what is left is the gaps.
              const factor = 2 * Math.cos((2 * Math.PI * 440) / 48000);
              let worst = 0;
              for (let n = 2400; n < 23900; n++) {
                worst = Math.max(worst, Math.abs(sound[n + 1] + sound[n - 1] - factor * sound[n]));
              }
              const last = sound.findLastIndex((sample) => sample !== 0);
              return { playedMs, worst, loudest: Math.max(...sound), last_ms: last / 48 };
            }"""
        )
        assert heard["worst"] < 0.001
        assert heard["loudest"] == pytest.approx(0.5, abs=0.01)
        assert heard["last_ms"] == pytest.approx(500, abs=10)
        assert heard["playedMs"] == pytest.approx(470, abs=10), "it begins after 30 ms"
