"""Language models behind OpenAI's wire format: a cloud's, or Ollama, llama.cpp or vLLM at home."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hub.config import Config
from hub.config.programs import OpenAiLlmSection
from hub.domain.talks.notes import as_said
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import LlmDelta, LlmRequest, ProviderSetup
from hub.providers.llm import ollama
from hub.providers.llm.calls import StreamedCall, described
from hub.providers.network.http import RemoteProvider, VendorAccount
from hub.providers.network.openai import KEY, OpenAiServer

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk

    from hub.providers.network.openai_client import Usage

MAX_ANSWER_S = 60.0
"""A whole answer takes no longer, however steadily it drips."""
CHARACTERS_A_TOKEN = 8
"""No language's tokens are longer on average: a model that ignores `max_tokens` is stopped by this."""
LOOK_S = 5.0
"""For a look whether a server at home is there."""
MAX_USAGE_WAIT_S = 1.0
"""For the count of tokens, which comes after the last word; without it the answer is whole all the same."""
MAX_MODELS = 50
"""Of which is kept that they take no tools."""
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
NO_PRESET = Preset("", "", KEY)


class _Server(OpenAiServer):
    """Where the model runs, which may be an Ollama server."""

    def __init__(
        self, name: str, account: VendorAccount, timeout_s: float, *, is_ollama: bool
    ) -> None:
        super().__init__(name, "llm.openai", account, timeout_s)
        self._is_ollama = is_ollama

    def problem(self) -> str:
        if not self.account.url:
            return f"no server is set; set [llm.openai] preset ({', '.join(PRESETS)}) or base_url"
        return super().problem()

    def unknown_model(self, model: str) -> str:
        if self._is_ollama:
            return f"run: ollama pull {model or 'llama3.2'}"
        return "set another as [llm.openai] model, or in the toy's settings"


class OpenAiLlm(RemoteProvider[_Server]):
    """`name` is the provider's; `local` is True where the server is on the home network."""

    name = "openai"

    def __init__(self, setup: ProviderSetup) -> None:
        section = self.section(setup.config)
        self._preset = preset = PRESETS.get(section.preset, NO_PRESET)
        self._model = section.model or preset.model
        self._timeout_s = section.timeout_s
        self._clock = setup.clock
        self._without_tools: set[str] = set()
        """Models whose server refuses a request with tools."""
        key = setup.key(preset.key_name) if preset.key_name else ""
        url = section.base_url or preset.base_url
        account = VendorAccount(url, preset.key_name, key, setup.clouds)
        is_ollama = preset is PRESETS["ollama"]
        server = _Server(self.name, account, section.timeout_s, is_ollama=is_ollama)
        super().__init__(
            server, f"{self._model or 'its model'} at {server.host or 'a server that you name'}"
        )
        self.local = server.local and not ollama.is_cloud_model(self._model)

    def section(self, config: Config) -> OpenAiLlmSection:
        """Its settings."""
        return config.llm.openai

    async def warm_up(self) -> None:
        """Makes the client; asks the server for its models where none is named."""
        await super().warm_up()
        if not self._model:
            self._model = await self._installed_model()

    async def absent(self) -> str:
        """See `AsksServer`."""
        if not self.local or self.problem():
            return self.problem()
        try:
            async with self._clock.timeout(LOOK_S):
                names = await self._installed_models()
        except ProviderError as error:
            return str(error)
        except TimeoutError:
            return f"{self.name}: {self.server.host} didn't answer within {LOOK_S:g} s"
        if not self._model or {self._model, f"{self._model}:latest"} & {*names}:
            return "" if names else f"{self.name}: {self.server.host} has no model yet"
        return (
            f"{self.name}: {self.server.host} has no model {self._model}; "
            f"{self.server.unknown_model(self._model)}"
        )

    async def _installed_models(self) -> list[str]:
        client = await self.server.open()
        with self.server.explaining(""):
            async with self._clock.timeout(self._timeout_s):
                page = await client.models.list()
            try:
                return [str(model.id) for model in page.data or ()]
            except (AttributeError, TypeError) as error:
                raise self.server.nonsense() from error

    async def _installed_model(self) -> str:
        names = await self._installed_models()
        model = ollama.pick_model(names)
        if model is None:
            raise ProviderUnavailableError(
                f"{self.name}: {self.server.host} has no model that can talk; "
                f"{self.server.unknown_model('')}"
            )
        return model

    async def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta, None]:
        """Streams the answer. Raises a ProviderError for whatever goes wrong on the way."""
        await self.warm_up()
        from hub.providers.network.openai_client import FAULTS, Chunk, explain

        server = self.server
        model = request.model or self._model
        if self.local and ollama.is_cloud_model(model):
            raise ProviderUnavailableError(
                f"{self.name}: {model} runs in Ollama's cloud, not at home; "
                f"{server.unknown_model(model)}"
            )
        ends_at = self._clock.monotonic() + MAX_ANSWER_S
        spoken, calls = WithoutThoughts(), StreamedCall()
        characters_left = CHARACTERS_A_TOKEN * request.max_tokens
        answering = finished = False
        stream: AsyncStream[ChatCompletionChunk] | None = None
        usage: Usage | None = None
        try:
            async with self._clock.timeout(self._timeout_s):
                stream = await self._ask(request, model)
            while characters_left > 0:
                left_s = MAX_USAGE_WAIT_S if finished else ends_at - self._clock.monotonic()
                async with self._clock.timeout(max(0.0, min(self._timeout_s, left_s))):
                    raw = await anext(stream, None)
                if raw is None:
                    break
                chunk = Chunk.model_validate(raw)
                finished = finished or chunk.finished
                text = spoken.feed(chunk.text)[:characters_left]
                if calls.feed(chunk.call_pieces):
                    answering = True
                    if calls.is_over:
                        break
                elif text:
                    answering = True
                    characters_left -= len(text)
                    yield LlmDelta(text)
                usage = chunk.usage or usage  # some servers count along with each piece
            if rest := "" if calls.call else spoken.end()[:characters_left]:
                answering = True
                yield LlmDelta(rest)
        except FAULTS as error:
            if not finished:
                raise explain(error, server, model, answering=stream is not None) from error
        finally:
            if stream is not None:
                await stream.close()
        if usage is not None:
            yield LlmDelta("", usage.prompt_tokens, usage.completion_tokens)
        if not finished and characters_left > 0 and not calls.is_over:
            raise server.broke_off()
        if calls.call:
            yield LlmDelta(call=calls.call)
        if not answering:
            raise ProviderError(
                f"{self.name}: {server.host} answered with no words; try another model"
            )

    async def _ask(self, request: LlmRequest, model: str) -> "AsyncStream[ChatCompletionChunk]":
        """Without tools where the model takes none, which is found out once and kept."""
        if not request.tools or model in self._without_tools:
            return await self._asked(replace(request, tools=()), model)
        from hub.providers.network.openai_client import is_about_tools

        try:
            return await self._asked(request, model)
        except Exception as error:
            if not is_about_tools(error):
                raise
        answer = await self._asked(replace(request, tools=()), model)
        if len(self._without_tools) < MAX_MODELS:
            self._without_tools.add(model)
        return answer

    async def _asked(self, request: LlmRequest, model: str) -> "AsyncStream[ChatCompletionChunk]":
        client = await self.server.open()
        thinking = THINKING_TOKENS if self._preset.thinks else 0
        messages: Any = [
            {"role": one.role, "content": one.text} for one in as_said(request.messages)
        ]
        return await client.chat.completions.create(
            model=model,
            messages=messages,
            temperature=request.temperature,
            max_tokens=request.max_tokens + thinking,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={**self._preset.extra, **described(request.tools)} or None,
        )


class Ollama(OpenAiLlm):
    """The Ollama server on this machine with the best model that it has: what "auto" takes.

    For another model or address there is `openai` with `preset = "ollama"`.
    """

    name = "ollama"

    def section(self, config: Config) -> OpenAiLlmSection:
        return OpenAiLlmSection(preset="ollama")


OPEN, CLOSE = "<think>", "</think>"
"""Between them stands a model's thinking, which is not to be spoken."""


class WithoutThoughts:
    """Feed it pieces as they come; a tag may be cut anywhere. What is never closed is dropped."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, piece: str) -> str:
        """What of `piece`, and of what was held back before, may be passed on."""
        text = self._held + piece
        passed: list[str] = []
        while True:
            tag = CLOSE if self._thinking else OPEN
            before, found, after = text.partition(tag)
            if not found:
                break
            if not self._thinking:
                passed.append(before)
            self._thinking = not self._thinking
            text = after
        held = _start_of(tag, text)
        self._held = text[len(text) - held :]
        if not self._thinking:
            passed.append(text[: len(text) - held])
        return "".join(passed)

    def end(self) -> str:
        """What was held back because it might have become a tag."""
        return "" if self._thinking else self._held


def _start_of(tag: str, text: str) -> int:
    """How many characters at the end of `text` could be the start of `tag`."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if tag.startswith(text[-length:]):
            return length
    return 0
