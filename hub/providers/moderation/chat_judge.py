"""`chat`: the language model that talks with the children judges, too, in our prompt."""

from contextlib import aclosing
from typing import cast

from hub.config import Config
from hub.domain.safety import CheckRequest, Verdict
from hub.domain.toys import AUTO, ProviderKind
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import Llm, LlmRequest, ProviderSetup
from hub.providers.moderation.judge_prompt import ANSWER_TOKENS, ask_about
from hub.providers.moderation.server_check import verdict
from hub.providers.registry import EMBEDDED, load

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

    def __init__(self, setup: ProviderSetup) -> None:
        name = chat_model(setup.config)
        self._model = load(ProviderKind.LLM, name, setup) if name else None
        self.what = self._model.what if self._model else "no language model"
        self.local = self._model is None or self._model.local
        self.version = f"{VERSION}-{name}-{setup.config.llm.openai.model}"

    def problem(self) -> str:
        return self._model.problem() if self._model else NO_MODEL

    async def warm_up(self) -> None:
        if self._model is None:
            raise ProviderUnavailableError(f"{self.name}: {NO_MODEL}")
        await self._model.warm_up()

    async def aclose(self) -> None:
        if self._model is not None:
            await self._model.aclose()

    def characters(self, request: CheckRequest) -> int:
        return ask_about(request).characters

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but one word that means something."""
        await self.warm_up()
        llm = cast(Llm, self._model)
        asked = ask_about(request)
        question = LlmRequest(asked.messages, temperature=0.0, max_tokens=ANSWER_TOKENS)
        said = ""
        async with aclosing(llm.reply(question)) as deltas:
            async for delta in deltas:
                said += delta.text
        findings = asked.read(said)
        if findings is None:
            raise ProviderError(f"{self.name}: {llm.name} talks instead of judging")
        return verdict(findings, request, self.name, self.version)
