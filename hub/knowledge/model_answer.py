"""The whole answer of a language model to a question of the hub's own, which no child waits for."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from hub.domain.clock import Clock
from hub.providers.base import Llm, LlmDelta, LlmRequest

MAX_ANSWER_CHARS: Final = 4000
"""What a model writes beyond is not read."""
MAX_ANSWER_S: Final = 60.0
WITHOUT_MODEL: Final = "storyteller"
"""The provider that thinks with none."""


async def whole_answer(
    llm: Llm,
    request: LlmRequest,
    clock: Clock,
    got: Callable[[LlmDelta], None] = lambda delta: None,
) -> str:
    """`got` is told of each piece as it comes. Raises ProviderError, TimeoutError."""
    text = ""
    async with clock.timeout(MAX_ANSWER_S), aclosing(llm.reply(request)) as deltas:
        async for delta in deltas:
            got(delta)
            text += delta.text
            if len(text) > MAX_ANSWER_CHARS:
                break
    return text
