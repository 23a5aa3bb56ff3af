"""Language models behind OpenAI's wire format: a cloud's, or Ollama, llama.cpp, vLLM in the house."""

import asyncio
import importlib.util
import os
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

from hub.config import Config, OpenAiLlmSection
from hub.domain.clock import Clock, SystemClock
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers import ollama
from hub.providers.address import in_this_house
from hub.providers.base import Availability, LlmDelta, LlmRequest
from hub.providers.thoughts import WithoutThoughts

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

    from hub.providers.openai_client import Where

ANSWER_LIMIT_S = 60.0
"""A whole answer takes no longer, however steadily it drips."""
CHARACTERS_A_TOKEN = 8
"""No language's tokens are longer on average: a model that ignores `max_tokens` is stopped by this."""
USAGE_WAIT_S = 1.0
"""For the count of tokens, which comes after the last word; without it the answer is whole all the same."""
THINKING_TOKENS = 512
"""Added for models that think before they speak, as thoughts count towards `max_tokens`."""


@dataclass(frozen=True, slots=True)
class Preset:
    base_url: str
    model: str
    """"" means one that the server has installed."""
    key_name: str
    """Environment variable with the key; "" where none is needed."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Sent along with each request."""
    thinks: bool = False


PRESETS: Mapping[str, Preset] = {
    "openrouter": Preset(
        "https://openrouter.ai/api/v1",
        "openai/gpt-oss-120b",
        "OPENROUTER_API_KEY",
        extra={"reasoning": {"effort": "low", "exclude": True}},
        thinks=True,
    ),
    "ollama": Preset(f"{ollama.ADDRESS}/v1", "", ""),
    "openai": Preset("https://api.openai.com/v1", "gpt-4.1-mini", "OPENAI_API_KEY"),
    "dashscope": Preset(
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "qwen-plus", "DASHSCOPE_API_KEY"
    ),
}
NO_PRESET = Preset("", "", "OPENAI_API_KEY")


class OpenAiLlm:
    """`name` is the provider's; `local` is True where the server's address is in this house."""

    name = "openai"

    def __init__(
        self, section: OpenAiLlmSection, environ: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self._preset = PRESETS.get(section.preset, NO_PRESET)
        self._base_url = section.base_url or self._preset.base_url
        self._model = section.model or self._preset.model
        self._key = environ.get(self._preset.key_name, "") if self._preset.key_name else ""
        self._timeout_s = section.timeout_s
        self._clock = clock or SystemClock()
        self._client: AsyncOpenAI | None = None
        self.local = in_this_house(self._base_url) and not ollama.is_cloud_model(self._model)

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.llm.openai, os.environ)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        llm = cls(config.llm.openai, environ)
        problem = llm._problem()
        where = f"{llm._model or 'its model'} at {urlsplit(llm._base_url).hostname}"
        return Availability(not problem, problem or where, llm.local)

    def _problem(self) -> str:
        """Why this can't work, in one line; "" where nothing speaks against it."""
        if not self._base_url:
            return f"no server is set; set [llm.openai] preset ({', '.join(PRESETS)}) or base_url"
        if self._preset.key_name and not self._key and not self.local:
            return f"no key; set {self._preset.key_name} in the environment"
        if importlib.util.find_spec("openai") is None:
            return (
                "the Python package openai isn't installed; "
                "install it with: pip install 'pommai[hub]'"
            )
        return ""

    async def warm_up(self) -> None:
        """Makes the client; asks the server for its models where none is named."""
        if problem := self._problem():
            raise ProviderUnavailableError(f"{self.name}: {problem}")
        if self._client is None:
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor(1, thread_name_prefix="openai-import") as thread:
                self._client = await loop.run_in_executor(thread, self._connect)
        if not self._model:
            self._model = await self._installed_model()

    def _connect(self) -> "AsyncOpenAI":
        from hub.providers.openai_client import connect

        return connect(self._base_url, self._key, self._timeout_s)

    async def _installed_model(self) -> str:
        from hub.providers.openai_client import FAULTS, explain

        assert self._client is not None
        try:
            async with self._clock.timeout(self._timeout_s):
                page = await self._client.models.list()
                names = [str(model.id) for model in page.data or ()]
        except (*FAULTS, AttributeError, TypeError) as error:
            raise explain(error, self._where(""), answering=False) from error
        model = ollama.pick_model(names)
        if model is None:
            where = self._where("")
            raise ProviderUnavailableError(
                f"{self.name}: {where.host} has no model that can talk; {where.model_hint}"
            )
        return model

    def _where(self, model: str) -> "Where":
        from hub.providers.openai_client import Where

        runs_ollama = self._preset is PRESETS["ollama"]
        return Where(
            provider=self.name,
            host=urlsplit(self._base_url).hostname or self._base_url,
            key_name=self._preset.key_name if self._key else "",
            model=model,
            model_hint=f"run: ollama pull {model or 'llama3.2'}"
            if runs_ollama
            else "set another as [llm.openai] model, or in the toy's settings",
        )

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta, None]:
        """Streams the answer. Raises a ProviderError for whatever goes wrong on the way."""
        await self.warm_up()
        from hub.providers.openai_client import FAULTS, Chunk, explain

        model = request.model or self._model
        where = self._where(model)
        if self.local and ollama.is_cloud_model(model):
            raise ProviderUnavailableError(
                f"{self.name}: {model} does not run in this house; {where.model_hint}"
            )
        ends_at = self._clock.monotonic() + ANSWER_LIMIT_S
        spoken = WithoutThoughts()
        characters_left = CHARACTERS_A_TOKEN * request.max_tokens
        answering = finished = False
        stream: AsyncStream[ChatCompletionChunk] | None = None
        try:
            async with self._clock.timeout(self._timeout_s):
                stream = await self._ask(request, model)
            while characters_left > 0:
                left_s = USAGE_WAIT_S if finished else ends_at - self._clock.monotonic()
                async with self._clock.timeout(max(0.0, min(self._timeout_s, left_s))):
                    raw = await anext(stream, None)
                if raw is None:
                    break
                chunk = Chunk.model_validate(raw)
                finished = finished or chunk.finished
                text = spoken.feed(chunk.text)[:characters_left]
                if text:
                    answering = True
                    characters_left -= len(text)
                    yield LlmDelta(text)
                if chunk.usage is not None:
                    yield LlmDelta("", chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
            if rest := spoken.end()[:characters_left]:
                answering = True
                yield LlmDelta(rest)
        except FAULTS as error:
            if not finished:
                raise explain(error, where, answering=stream is not None) from error
        finally:
            if stream is not None:
                await stream.close()
        if not finished and characters_left > 0:
            raise ProviderError(f"{self.name}: {where.host} broke off in the middle of its answer")
        if not answering:
            raise ProviderError(
                f"{self.name}: {where.host} answered with no words; try another model"
            )

    async def _ask(self, request: LlmRequest, model: str) -> "AsyncStream[ChatCompletionChunk]":
        assert self._client is not None
        thinking = THINKING_TOKENS if self._preset.thinks else 0
        messages = cast(
            "list[ChatCompletionMessageParam]",
            [{"role": message.role, "content": message.text} for message in request.messages],
        )
        return await self._client.chat.completions.create(
            model=model,
            messages=messages,
            temperature=request.temperature,
            max_tokens=request.max_tokens + thinking,
            stream=True,
            stream_options={"include_usage": True},
            extra_body=dict(self._preset.extra) or None,
        )


class Ollama(OpenAiLlm):
    """The Ollama server on this machine with the best model that it has: what "auto" takes.

    For another model or address there is `openai` with `preset = "ollama"`.
    """

    name = "ollama"

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(OpenAiLlmSection(preset="ollama"), os.environ)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        return Availability(
            True, f"taken when an Ollama server with a model answers at {ollama.ADDRESS}"
        )
