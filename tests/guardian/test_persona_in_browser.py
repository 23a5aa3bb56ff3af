"""The page "Who Bear is" in a real Chromium the size of a phone, with a real hub behind it."""

import re
from pathlib import Path

from playwright.async_api import expect

from hub.domain.persona import DEFAULT_PERSONA
from hub.domain.talks.talk import TurnState
from tests.guardian.browser import reads_well
from tests.guardian.trial import trial


async def test_who_it_might_be_is_seen_and_tried_before_it_is_saved(tmp_path: Path) -> None:
    async with trial(tmp_path) as trying:
        page, toys = trying.page, trying.app.hub.toys
        [toy] = await toys.list()
        await page.goto(f"http://127.0.0.1:{trying.port}/toys/{toy.id}/persona?character=fin")
        await reads_well(page)
        await page.get_by_text("What the language model is told", exact=True).click()
        await page.get_by_label("What it is").fill("a quiet kettle")
        await expect(page.locator("#prompt")).to_contain_text("Is: a quiet kettle")
        await page.get_by_label("What it likes").fill("ships")
        await page.get_by_label("Say something that your child").fill("what do you like?")
        asked: list[TurnState] = []
        answer, thinking = page.locator("#answer"), re.compile("^$|It thinks …")
        while "ships" not in (await answer.inner_text()):  # three times of four it tells its own
            await page.get_by_role("button", name="Say", exact=True).click()
            await expect(answer).not_to_have_text(thinking)
            asked.append(TurnState.DONE)
        async with page.expect_response("**/voice") as heard:
            await page.get_by_role("button", name="Hear it").click()
        assert (await (await heard.value).body())[:4] == b"RIFF"
        turn, *_ = await trying.turns(*asked)
        assert (turn.source, turn.persona_version) == ("page", 0)
        assert (await toys.list())[0].persona == DEFAULT_PERSONA, "nothing was saved"
        await reads_well(page)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
        assert (await toys.list())[0].persona.kind == "a quiet kettle"
        await page.get_by_text("Earlier versions").click()
        await page.get_by_role("link", name="Version 1").click()
        await expect(page.get_by_text("Save brings it back.")).to_be_visible()
