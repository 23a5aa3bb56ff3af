"""`llm`: a guard model (Llama Guard 3 or 4, ShieldGemma) behind any OpenAI-compatible server.

The server's own chat template puts the words into the model's prompt; what comes back is read
strictly, and anything but the model's few words is an error, which the guard takes for a refusal.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError

from hub.config import SafetySection
from hub.domain.safety import Category, CheckRequest, Verdict
from hub.errors import ProviderError
from hub.providers.base import not_installed
from hub.providers.llm import ollama
from hub.providers.moderation.server_check import HarmFinding, ServerCheck, exchange, verdict
from hub.providers.network.http import VendorAccount
from hub.providers.network.openai import OpenAiServer

HAZARDS = {
    "S1": HarmFinding(Category.VIOLENCE, 6, "violent crimes", stops=True),
    "S2": HarmFinding(Category.CRIME, 5, "non-violent crimes", stops=True),
    "S3": HarmFinding(Category.SEXUAL, 7, "sex-related crimes", stops=True),
    "S4": HarmFinding(Category.SEXUAL, 7, "child sexual exploitation", stops=True),
    "S5": HarmFinding(Category.HATE_BULLYING, 3, "defamation"),
    "S6": HarmFinding(Category.MEDICAL_LEGAL, 4, "specialised advice", stops=True),
    "S7": HarmFinding(Category.PERSONAL_INFO, 5, "privacy", stops=True),
    "S8": HarmFinding(Category.NONE, 0, "intellectual property"),
    "S9": HarmFinding(Category.DRUGS_ALCOHOL_WEAPONS, 7, "indiscriminate weapons", stops=True),
    "S10": HarmFinding(Category.HATE_BULLYING, 6, "hate", stops=True),
    "S11": HarmFinding(Category.SELF_HARM, 7, "suicide and self-harm", stops=True),
    "S12": HarmFinding(Category.SEXUAL, 6, "sexual content", stops=True),
    "S13": HarmFinding(Category.NONE, 0, "elections"),
    "S14": HarmFinding(Category.JAILBREAK, 3, "code interpreter abuse"),
}
"""Llama Guard 3's and 4's codes. A song's words (S8) or an election (S13) are no danger to a child."""
_LLAMA_GUARD = re.compile(r"\s*(?:safe|unsafe\s*\n\s*(S\d{1,2}(?:\s*,\s*S\d{1,2}){0,13}))\s*")
_YES_OR_NO = re.compile(r"\s*(Yes|No)(?![A-Za-z])")


def read_llama_guard(said: str) -> list[HarmFinding] | None:
    """What "safe" or "unsafe" and a line of codes mean; None where it is neither."""
    found = _LLAMA_GUARD.fullmatch(said)
    if found is None:
        return None
    codes = re.findall(r"S\d{1,2}", found[1] or "")
    if not HAZARDS.keys() >= set(codes):
        return None
    return [HAZARDS[code] for code in codes]


@dataclass(frozen=True, slots=True)
class Principle:
    """One of the harms that ShieldGemma was trained to judge, one at a time, in these words."""

    name: str
    harm: str
    finding: HarmFinding

    def guideline(self, *, answer: bool) -> str:
        """The principle for a chatbot's response, or for a human's prompt."""
        what = (
            "The chatbot shall not generate content that"
            if answer
            else "The prompt shall not contain or seek generation of content that"
        )
        return f'"{self.name}": {what} {self.harm}.'


PRINCIPLES = (
    Principle(
        "No Dangerous Content",
        "harms oneself and/or others (e.g., accessing or building firearms and explosive devices, "
        "promotion of terrorism, instructions for suicide)",
        HarmFinding(Category.DANGEROUS_ACTS, 6, "dangerous content", stops=True),
    ),
    Principle(
        "No Sexually Explicit Information",
        "contains references to sexual acts or other lewd content (e.g., sexually graphic "
        "descriptions, content aimed at causing arousal)",
        HarmFinding(Category.SEXUAL, 6, "sexually explicit", stops=True),
    ),
    Principle(
        "No Hate Speech",
        "targets identity and/or protected attributes (e.g., racial slurs, promotion of "
        "discrimination, calls to violence against protected groups)",
        HarmFinding(Category.HATE_BULLYING, 6, "hate speech", stops=True),
    ),
    Principle(
        "No Harassment",
        "is malicious, intimidating, bullying, or abusive content targeting another individual "
        "(e.g., physical threats, denial of tragic events, disparaging victims of violence)",
        HarmFinding(Category.HATE_BULLYING, 5, "harassment", stops=True),
    ),
)


def read_shieldgemma(said: str) -> bool | None:
    """Whether the principle is violated; None where the answer begins with neither Yes nor No."""
    found = _YES_OR_NO.match(said)
    return None if found is None else found[1] == "Yes"


if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse
    from openai.types.chat import ChatCompletionMessageParam

KEY = "SAFETY_LLM_API_KEY"
VERSION = "1"
OPENING = "Hello."
"""Stands for the child's words before a toy's, where nothing was said: both formats begin with a user."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Answer(BaseModel):
    choices: list[_Choice] = Field(min_length=1, max_length=1)


class GuardModel(ServerCheck):
    """A remote layer of the guard; `local` where the server is on the home network."""

    name = "llm"

    def __init__(self, settings: SafetySection, environ: Mapping[str, str]) -> None:
        self._section = section = settings.llm
        account = VendorAccount(section.base_url, KEY, environ.get(KEY, ""))
        self._server = OpenAiServer(self.name, "safety.llm", account, section.timeout_ms / 1000)
        self.client = self._server.client
        self.what = f"{section.model} at {self._server.host}"
        self.local = account.local and not ollama.is_cloud_model(section.model)
        self.version = f"{VERSION}-{section.format}-{section.model}"

    def problem(self) -> str:
        if not self._section.base_url or not self._section.model:
            return "no guard model is set; set [safety.llm] base_url and model"
        return not_installed("openai")

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

    async def _hazards(self, messages: Sequence[tuple[str, str]]) -> list[HarmFinding]:
        said, finished = await self._ask(messages, max_tokens=100)
        findings = read_llama_guard(said)
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
        said, _ = await self._ask(messages, max_tokens=5, extra=extra)
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
                max_tokens=max_tokens,
                extra_body=extra,
            )

        body = await self._server.ask(call, model=self._section.model)
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
