"""A companion without a model: written stories, riddles, rhymes and answers, ready at once.

What it can say is in the TOML files beside this one, for grown-ups to read; `script.py` loads
them, `conversation.py` is what it can know of the talk so far, `skills.py` decides what to say, and
`in_character.py` how this toy says it. It answers in groups of words, as a model streams.
"""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from hub.domain.persona import Persona
from hub.providers.base import LlmDelta, LlmRequest, ProviderSetup
from hub.providers.llm.storyteller.conversation import Conversation, sentences
from hub.providers.llm.storyteller.in_character import InCharacter
from hub.providers.llm.storyteller.script import Script, load

WORDS_A_PIECE = 3
MAX_TOYS = 32
"""Whose bent lines are kept at hand."""


class Storyteller:
    name = "storyteller"
    local = True
    what = "written stories, games and answers; a demonstration"

    def __init__(self, setup: ProviderSetup) -> None:
        self._script: Script | None = None
        self._toys: dict[Persona, InCharacter] = {}

    def problem(self) -> str:
        return ""

    async def warm_up(self) -> None:
        if self._script is None:
            with ThreadPoolExecutor(1, thread_name_prefix="storyteller") as thread:
                self._script = await asyncio.get_running_loop().run_in_executor(thread, load)

    async def aclose(self) -> None:
        self._script = None
        self._toys.clear()

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta, None]:
        await self.warm_up()
        answer = self._as(request.persona).answer(Conversation.of(request))
        words = first_sentences(answer, request.max_tokens)
        for start in range(0, len(words), WORDS_A_PIECE):
            piece = " ".join(words[start : start + WORDS_A_PIECE])
            yield LlmDelta(f" {piece}" if start else piece)
            await asyncio.sleep(0)
        heard = sum(len(message.text.split()) for message in request.messages)
        yield LlmDelta(tokens_in=heard, tokens_out=len(words))

    def _as(self, persona: Persona) -> InCharacter:
        assert self._script is not None
        if persona not in self._toys:
            while len(self._toys) >= MAX_TOYS:
                del self._toys[next(iter(self._toys))]
            self._toys[persona] = InCharacter(self._script, persona)
        return self._toys[persona]


def first_sentences(text: str, limit: int) -> list[str]:
    """The words of as many whole sentences of `text` as have no more than `limit` words, at least one."""
    words: list[str] = []
    for sentence in sentences(text):
        more = sentence.split()
        if words and len(words) + len(more) > limit:
            break
        words += more
    return words
