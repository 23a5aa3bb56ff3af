"""Who may be asked for a draft, and what the ledger says of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hub.config import Config
from hub.domain.household import LedgerKind
from hub.egress.gate import drafting_providers
from hub.errors import ConfigError
from tests.pipeline.answer.drafting import CLOUDS, Echo, ledger, rows
from tests.pipeline.answer.talking import (
    END_MS,
    PAUSE_MS,
    MicrophoneInput,
    family,
    speak_and_pause,
    talk,
)
from tests.pipeline.scripted import ScriptedTts
from tests.pipeline.turns import all_done


async def test_what_was_sent_for_a_wrong_guess_stands_as_discarded(tmp_path: Path) -> None:
    llm, tts = Echo(), ScriptedTts()
    llm.local = tts.local = False
    stts = [MicrophoneInput("i like", "i like bears", local=False)]
    parts: dict[str, Any] = {"stts": stts, "llms": [llm], "ttses": [tts], "drafts": CLOUDS}
    async with family(tmp_path, **parts) as home:
        async with talk(home) as child:
            await speak_and_pause(child, lambda: tts.spoken == ["You said i like."])
            assert await ledger(home) == [
                (LedgerKind.STT, True),
                (LedgerKind.LLM, True),
                (LedgerKind.TTS, True),
            ], "until it is known to be right, also for a hub that ends now"
            await child.hears("voice", 600)
            await child.hears("silence", END_MS)
        found = await ledger(home)
    assert found[:3] == [(LedgerKind.STT, True), (LedgerKind.LLM, True), (LedgerKind.TTS, True)]
    assert found[3:] == [(LedgerKind.STT, False), (LedgerKind.LLM, False), (LedgerKind.TTS, False)]


async def test_a_right_guess_was_of_use_in_the_end(tmp_path: Path) -> None:
    llm = Echo()
    llm.local = False
    async with family(tmp_path, "sing", llms=[llm], drafts=CLOUDS) as home:
        async with talk(home) as child:
            await speak_and_pause(child, lambda: home.tts.spoken)
            await child.hears("silence", END_MS)
        assert await ledger(home) == [(LedgerKind.LLM, False)]


async def test_a_cloud_is_asked_for_no_draft_unless_a_parent_says_so(tmp_path: Path) -> None:
    llm = Echo()
    llm.local = False
    async with family(tmp_path, "sing", llms=[llm]) as home, talk(home) as child:
        await child.hears("voice", 600)
        await child.hears("silence", PAUSE_MS)
        while await rows(home) == []:
            await asyncio.sleep(0.001)
        await all_done(home)
        assert (llm.requests, await ledger(home)) == ([], [])
        await child.hears("silence", END_MS)
    assert child.said == ["You said sing."]


async def test_a_cloud_voice_speaks_no_draft_unless_a_parent_says_so(tmp_path: Path) -> None:
    tts = ScriptedTts()
    tts.local = False
    llm = Echo()
    async with family(tmp_path, "sing", llms=[llm], ttses=[tts]) as home, talk(home) as child:
        await speak_and_pause(child, lambda: llm.requests)
        await all_done(home)
        assert (tts.spoken, await ledger(home)) == ([], [])
        await child.hears("silence", END_MS)
    assert tts.spoken == ["You said sing."]


def test_who_may_be_asked_for_drafts_is_the_house_and_whom_a_parent_names() -> None:
    config = Config.model_validate({"llm": {"drafts": ["local", "openai"]}, "tts": {"drafts": []}})
    assert drafting_providers(config) == {
        LedgerKind.STT: ("local",),
        LedgerKind.LLM: ("local", "openai"),
        LedgerKind.TTS: (),
        LedgerKind.SAFETY: ("local",),
    }
    misspelt = Config.model_validate({"llm": {"drafts": ["opnai"]}})
    with pytest.raises(ConfigError, match=r"\[llm\] drafts: .* did you mean openai\?"):
        drafting_providers(misspelt)
