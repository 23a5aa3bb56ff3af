"""`chat`: the language model that talks with the children judges, too, in our prompt."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Self, cast

from hub.config import Config
from hub.domain.safety import CheckRequest, Verdict
from hub.domain.toys import AUTO, ProviderKind
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import Availability, Llm, LlmRequest
from hub.providers.moderation.judge_prompt import ANSWER_TOKENS, ask_about
from hub.providers.moderation.server_check import verdict
from hub.providers.registry import EMBEDDED, find, load

VERSION = "1"
NO_MODEL = "no language model is chosen that could judge; name one in [llm] use"


def chat_model(config: Config) -> str:
    """The provider that answers first in this household; "" where it has no model."""
    embedded = EMBEDDED[ProviderKind.LLM]
    names = ["ollama" if name == AUTO else name for name in config.llm.use if name != embedded]
    return names[0] if names else ""


class ChatJudge:
    """A remote layer of the guard; `local` where the model is."""

    name = "chat"

    def __init__(self, llm: Llm | None, model: str) -> None:
        self._llm = llm
        self.local = llm is None or llm.local
        self.version = f"{VERSION}-{model}"

    @classmethod
    def create(cls, config: Config) -> Self:
        name = chat_model(config)
        llm = cast(Llm, load(ProviderKind.LLM, name, config)) if name else None
        return cls(llm, f"{name}-{config.llm.openai.model}")

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        name = chat_model(config)
        if not name:
            return Availability(ok=False, detail=NO_MODEL)
        return find(ProviderKind.LLM, name).available(config, environ)

    async def warm_up(self) -> None:
        if self._llm is None:
            raise ProviderUnavailableError(f"{self.name}: {NO_MODEL}")
        await self._llm.warm_up()

    async def aclose(self) -> None:
        if self._llm is not None:
            await self._llm.aclose()

    def characters(self, request: CheckRequest) -> int:
        return ask_about(request).characters

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but one word that means something."""
        await self.warm_up()
        assert self._llm is not None
        asked = ask_about(request)
        question = LlmRequest(asked.messages, temperature=0.0, max_tokens=ANSWER_TOKENS)
        said = ""
        async with aclosing(self._llm.reply(question)) as deltas:
            async for delta in deltas:
                said += delta.text
        findings = asked.read(said)
        if findings is None:
            raise ProviderError(f"{self.name}: {self._llm.name} talks instead of judging")
        return verdict(findings, request, self.name, self.version)
