"""A companion without a model: written stories, riddles, rhymes and answers, ready at once.

What it can say is in the TOML files beside this one, for grown-ups to read; `script.py` loads
them, `conversation.py` is what it can know of the talk so far, `skills.py` decides what to say. It answers
in groups of words, as a model streams.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from hub.providers.base import LlmDelta, LlmRequest, ProviderSetup
from hub.providers.llm.storyteller.conversation import Conversation
from hub.providers.llm.storyteller.script import load
from hub.providers.llm.storyteller.skills import Skills

WORDS_A_PIECE = 3


class Storyteller:
    name = "storyteller"
    local = True
    what = "written stories, games and answers; a demonstration"

    def __init__(self, setup: ProviderSetup) -> None:
        self._skills: Skills | None = None

    def problem(self) -> str:
        return ""

    async def warm_up(self) -> None:
        if self._skills is None:
            with ThreadPoolExecutor(1, thread_name_prefix="storyteller") as thread:
                script = await asyncio.get_running_loop().run_in_executor(thread, load)
            self._skills = Skills(script)

    async def aclose(self) -> None:
        self._skills = None

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta, None]:
        await self.warm_up()
        assert self._skills is not None
        answer = self._skills.answer(Conversation.of(request))
        words = first_sentences(answer, request.max_tokens)
        for start in range(0, len(words), WORDS_A_PIECE):
            piece = " ".join(words[start : start + WORDS_A_PIECE])
            yield LlmDelta(f" {piece}" if start else piece)
            await asyncio.sleep(0)
        heard = sum(len(message.text.split()) for message in request.messages)
        yield LlmDelta(tokens_in=heard, tokens_out=len(words))


def first_sentences(text: str, limit: int) -> list[str]:
    """The words of as many whole sentences of `text` as have no more than `limit` words, at least one."""
    words: list[str] = []
    for sentence in re.split(r"(?<=[.!?]) ", text):
        more = sentence.split()
        if words and len(words) + len(more) > limit:
            break
        words += more
    return words
