"""A hub whose parent named a moderation service: what the start line says, what is asked, what is noted."""

from pathlib import Path

from hub.app import App
from hub.config import Config
from hub.domain.household import LedgerKind
from hub.domain.talks.talk import TurnState
from tests.egress.remote_server import KEY, FarSide
from tests.egress.talks import say
from tests.pipeline.scripted import UNHURRIED


def settings(folder: Path, far_side: FarSide) -> Config:
    """With time enough on a busy machine: no check is late, and no filler comes between."""
    return Config.model_validate(
        {
            "hub": {"data": folder},
            "llm": {"use": ["storyteller"]},
            "turn": UNHURRIED.model_dump(),
            "safety": {
                "use": ["openai"],
                "timeout_ms": 10_000,
                "openai": {"base_url": f"{far_side.url}/v1", "timeout_ms": 10_000},
            },
        }
    )


async def test_every_text_is_asked_and_stands_in_the_ledger(
    far_side: FarSide, tmp_path: Path
) -> None:
    async with App(settings(tmp_path, far_side), {"OPENAI_API_KEY": KEY}) as app:
        turn = await say(app, "hello")
        rows = await app.hub.ledger.recent(99)
    asked = [request["input"] for request in far_side.requests]
    assert turn.state is TurnState.DONE
    assert asked[0] == "hello"
    assert asked[-1] == " ".join(turn.said)
    assert [row.amount for row in reversed(rows)] == [len(words) for words in asked]
    assert {(row.kind, row.provider, row.turn_id) for row in rows} == {
        (LedgerKind.SAFETY, "openai", turn.id)
    }


async def test_while_it_is_down_nothing_unchecked_is_spoken_and_the_parent_sees_it(
    far_side: FarSide, tmp_path: Path
) -> None:
    far_side.fault = "500"
    async with App(settings(tmp_path, far_side), {"OPENAI_API_KEY": KEY}) as app:
        turn = await say(app, "tell me a story")
        health = app.hub.health.report()
    assert turn.state is TurnState.REFUSED
    assert turn.said
    assert health["status"] == "impaired"
    assert "openai" in str(health["guard"]["impaired"])


async def test_the_start_line_says_that_words_leave_the_house(
    far_side: FarSide, tmp_path: Path
) -> None:
    async with App(settings(tmp_path, far_side), {"OPENAI_API_KEY": KEY}) as app:
        line = await app.warm_up()
    assert "safety openai: what is said leaves your home to be checked" in line
