"""A model that echoes what it is asked, and what the disk and the ledger say of a draft."""

from collections.abc import AsyncGenerator

from sqlalchemy import select

from hub.domain.household import LedgerKind
from hub.providers.base import LlmDelta, LlmRequest
from hub.storage.schema import turns
from tests.pipeline.scripted import House, ScriptedLlm

CLOUDS = {
    LedgerKind.STT: ("ears",),
    LedgerKind.LLM: ("scripted-llm",),
    LedgerKind.TTS: ("scripted-tts",),
}


class Echo(ScriptedLlm):
    """Says what it was asked, and counts the streams that nobody closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        self.requests.append(request)
        self.open += 1
        try:
            yield LlmDelta(f"You said {request.messages[-1].text}.")
        finally:
            self.open -= 1


async def rows(home: House) -> list[tuple[str, str]]:
    """What is on the disk of every turn, seen or not: its state and the child's words."""
    return await home.store.database.read(
        lambda c: [
            (row.state, row.heard) for row in c.execute(select(turns.c.state, turns.c.heard))
        ]
    )


async def ledger(home: House) -> list[tuple[LedgerKind, bool]]:
    """Oldest first: of what kind, and whether it was discarded."""
    return [(row.kind, row.discarded) for row in reversed(await home.store.ledger.recent(99))]
