"""`llm`: a guard model (Llama Guard 3 or 4, ShieldGemma) behind any OpenAI-compatible server.

The server's own chat template puts the words into the model's prompt; what comes back is read
strictly, and anything but the model's few words is an error, which the guard takes for a refusal.
"""

import asyncio
import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from hub.config import Config, GuardModelSection
from hub.domain.safety import CheckRequest, Verdict
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers import ollama
from hub.providers.address import in_this_house
from hub.providers.base import Availability
from hub.providers.guard_formats import PRINCIPLES, Principle, read_llama_guard, read_shieldgemma
from hub.providers.moderation import Finding, exchange, verdict
from hub.providers.openai_server import OpenAiServer

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse
    from openai.types.chat import ChatCompletionMessageParam

KEY = "SAFETY_LLM_API_KEY"
VERSION = "1"
MODEL_HINT = "set another as [safety.llm] model"
OPENING = "Hello."
"""Stands for the child's words before a toy's, where nothing was said: both formats begin with a user."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1, max_length=1)


class GuardModel:
    """A remote layer of the guard; `local` where the server's address is in this house."""

    name = "llm"

    def __init__(self, section: GuardModelSection, environ: Mapping[str, str]) -> None:
        self._section = section
        self._server = OpenAiServer(
            self.name, section.base_url, environ.get(KEY, ""), KEY, section.timeout_ms / 1000
        )
        self.local = in_this_house(section.base_url) and not ollama.is_cloud_model(section.model)
        self.version = f"{VERSION}-{section.format}-{section.model}"

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.safety.llm, os.environ)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        check = cls(config.safety.llm, environ)
        where = f"{check._section.model} at {urlsplit(check._section.base_url).hostname}"
        problem = check._problem()
        return Availability(not problem, problem or where, check.local)

    def _problem(self) -> str:
        if not self._section.base_url or not self._section.model:
            return "no guard model is set; set [safety.llm] base_url and model"
        if importlib.util.find_spec("openai") is None:
            return "the Python package openai isn't installed; install it with: pip install 'pommai[hub]'"
        return ""

    async def warm_up(self) -> None:
        if problem := self._problem():
            raise ProviderUnavailableError(f"{self.name}: {problem}")
        await self._server.connect()

    async def aclose(self) -> None:
        await self._server.aclose()

    def characters(self, request: CheckRequest) -> int:
        question, answer = exchange(request)
        times = 1 if self._section.format == "llama_guard" else len(PRINCIPLES)
        return times * (len(question) + len(answer))

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but an answer in the model's format."""
        question, answer = exchange(request)
        messages = [("user", question or OPENING)]
        if answer:
            messages.append(("assistant", answer))
        if self._section.format == "llama_guard":
            findings = await self._hazards(messages)
        else:
            findings = await self._violations(messages, answer=bool(answer))
        return verdict(findings, request, self.name, self.version)

    async def _hazards(self, messages: Sequence[tuple[str, str]]) -> list[Finding]:
        said, finished = await self._ask(messages, most_tokens=100)
        findings = read_llama_guard(said)
        if findings is None or not finished:
            raise self._nonsense()
        return findings

    async def _violations(
        self, messages: Sequence[tuple[str, str]], *, answer: bool
    ) -> list[Finding]:
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
        said, _ = await self._ask(messages, most_tokens=5, extra=extra)
        violates = read_shieldgemma(said)
        if violates is None:
            raise self._nonsense()
        return violates

    async def _ask(
        self,
        messages: Sequence[tuple[str, str]],
        most_tokens: int,
        extra: Mapping[str, Any] | None = None,
    ) -> tuple[str, bool]:
        """What the model said, and whether it came to its end."""
        plain: list[ChatCompletionMessageParam] = [
            {"role": "assistant", "content": _plain(text)}
            if role == "assistant"
            else {"role": "user", "content": _plain(text)}
            for role, text in messages
        ]

        async def call(client: "AsyncOpenAI") -> "LegacyAPIResponse[Any]":
            return await client.chat.completions.with_raw_response.create(
                model=self._section.model,
                messages=plain,
                temperature=0,
                max_tokens=most_tokens,
                extra_body=extra,
            )

        body = await self._server.ask(call, model=self._section.model, model_hint=MODEL_HINT)
        try:
            choice = _Answer.model_validate_json(body).choices[0]
        except ValidationError as error:
            raise self._nonsense() from error
        return choice.message.content, choice.finish_reason == "stop"

    def _nonsense(self) -> ProviderError:
        return ProviderError(
            f"{self.name}: {self._section.model} did not answer as a {self._section.format} model does; "
            "check [safety.llm] model and format"
        )


def _plain(text: str) -> str:
    """Without the signs that a model's special tokens are made of, so that words can't end a turn."""
    return re.sub(r"[<>|\[\]]+", " ", text).strip() or "..."
