"""Limits in whole turns against the plain model; `make bench ONLY=limits` is the long form."""

from pathlib import Path

import pytest

from tests.pipeline.limit_turns import TalkingFamily


@pytest.mark.parametrize("seed", range(6))
async def test_no_overrun_no_cut_sentence_and_no_silent_refusal(tmp_path: Path, seed: int) -> None:
    found = await TalkingFamily(seed, tmp_path).play()
    assert found.turns == 24
    assert found.overruns == found.cut_sentences == 0
    assert found.silent_refusals == found.wrongly_refused == 0
