"""`llm`: a guard model, or any other that follows instructions, behind any OpenAI-compatible server.

The server's own chat template puts the words into a guard model's prompt; any other one is asked in ours. What
comes back is read strictly, and anything but the model's few words is an error.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from hub.domain.safety import CheckRequest, Verdict
from hub.errors import ProviderError
from hub.providers.base import ProviderSetup
from hub.providers.llm import ollama
from hub.providers.llm.openai import THINKING_TOKENS
from hub.providers.moderation.guard_formats import (
    PRINCIPLES,
    Principle,
    format_of,
    read_llama_guard,
    read_qwen3guard,
    read_shieldgemma,
)
from hub.providers.moderation.judge_prompt import ANSWER_TOKENS, ask_about, plain
from hub.providers.moderation.server_check import HarmFinding, ServerCheck, exchange, verdict
from hub.providers.network.http import VendorAccount
from hub.providers.network.openai import OpenAiServer

KEY = "SAFETY_LLM_API_KEY"
VERSION = "2"
OPENING = "Hello."
"""Stands for the child's words before a toy's, where nothing was said: both formats begin with a user."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1, max_length=1)


class GuardModel(ServerCheck[OpenAiServer]):
    """A remote layer of the guard; `local` where the server is on the home network."""

    name = "llm"

    def __init__(self, setup: ProviderSetup) -> None:
        self._section = section = setup.config.safety.llm
        key = setup.key(KEY)
        # A server elsewhere may need no key either.
        account = VendorAccount(section.base_url, KEY if key else "", key, setup.clouds)
        server = OpenAiServer(self.name, "safety.llm", account, section.timeout_ms / 1000)
        self._format = format_of(section.model) if section.format == "auto" else section.format
        version = f"{VERSION}-{self._format}-{section.model}"
        super().__init__(server, f"{section.model} at {server.host}", version)
        self.local = account.local and not ollama.is_cloud_model(section.model)

    def characters(self, request: CheckRequest) -> int:
        question, answer = exchange(request)
        match self._format:
            case "llama_guard" | "qwen3guard":
                return len(question) + len(answer)
            case "shieldgemma":
                return len(PRINCIPLES) * (len(question) + len(answer))
            case _:
                return ask_about(request).characters

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but an answer in the model's format."""
        question, answer = exchange(request)
        messages = [("user", question or OPENING)]
        if answer:
            messages.append(("assistant", answer))
        match self._format:
            case "llama_guard":
                findings = await self._read(messages, read_llama_guard)
            case "qwen3guard":
                findings = await self._read(messages, read_qwen3guard)
            case "shieldgemma":
                findings = await self._violations(messages, answer=bool(answer))
            case _:
                findings = await self._answer_to_our_question(request)
        return verdict(findings, request, self.name, self.version)

    async def _read(
        self,
        messages: Sequence[tuple[str, str]],
        read: Callable[[str], list[HarmFinding] | None],
    ) -> list[HarmFinding]:
        said, finished = await self._ask(_without_signs(messages), max_tokens=100)
        findings = read(said)
        if findings is None or not finished:
            raise self._nonsense()
        return findings

    async def _answer_to_our_question(self, request: CheckRequest) -> list[HarmFinding]:
        asked = ask_about(request)
        tokens, extra = ANSWER_TOKENS, None
        if self._format == "gpt_oss_safeguard":  # it thinks before it answers, always
            tokens, extra = ANSWER_TOKENS + THINKING_TOKENS, {"reasoning_effort": "low"}
        messages = [(message.role, message.text) for message in asked.messages]
        said, finished = await self._ask(messages, tokens, extra)
        findings = asked.read(said)
        if findings is None or not finished:
            raise self._nonsense()
        return findings

    async def _violations(
        self, messages: Sequence[tuple[str, str]], *, answer: bool
    ) -> list[HarmFinding]:
        try:
            async with asyncio.TaskGroup() as group:
                asked = [
                    (one, group.create_task(self._violates(messages, one, answer=answer)))
                    for one in PRINCIPLES
                ]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors  # one is enough: they share the server
        return [principle.finding for principle, task in asked if task.result()]

    async def _violates(
        self, messages: Sequence[tuple[str, str]], principle: Principle, *, answer: bool
    ) -> bool:
        # The template of the model's makers takes the principle as an argument.
        extra = {"chat_template_kwargs": {"guideline": principle.guideline(answer=answer)}}
        said, _ = await self._ask(_without_signs(messages), max_tokens=5, extra=extra)
        violates = read_shieldgemma(said)
        if violates is None:
            raise self._nonsense()
        return violates

    async def _ask(
        self,
        messages: Sequence[tuple[str, str]],
        max_tokens: int,
        extra: Mapping[str, Any] | None = None,
    ) -> tuple[str, bool]:
        """What the model said, and whether it came to its end."""
        sent: Any = [{"role": role, "content": text} for role, text in messages]
        model = self._section.model
        body = await self.server.ask(
            lambda client: client.chat.completions.with_raw_response.create(
                model=model, messages=sent, temperature=0, max_tokens=max_tokens, extra_body=extra
            ),
            model=model,
        )
        try:
            choice = _Answer.model_validate_json(body).choices[0]
        except ValidationError as error:
            raise self._nonsense() from error
        return choice.message.content, choice.finish_reason == "stop"

    def _nonsense(self) -> ProviderError:
        return ProviderError(
            f"{self.name}: {self._section.model} did not answer as a {self._format} model does; "
            "check [safety.llm] model and format"
        )


def _without_signs(messages: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(role, plain(text)) for role, text in messages]
