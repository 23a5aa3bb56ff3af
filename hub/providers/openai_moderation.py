"""`openai`: OpenAI's moderation endpoint; the words leave the house."""

import importlib.util
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, Field, ValidationError

from hub.config import Config, OpenAiModerationSection
from hub.domain.safety import SEVERITY_MAX, Category, CheckRequest, Verdict
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import Availability
from hub.providers.moderation import Finding, exchange, verdict
from hub.providers.openai_server import OpenAiServer

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse

KEY = "OPENAI_API_KEY"
ADDRESS = "https://api.openai.com/v1"
VERSION = "1"
MODEL_HINT = "set another as [safety.openai] model"

CATEGORIES = {
    "harassment": Category.HATE_BULLYING,
    "harassment/threatening": Category.VIOLENCE,
    "hate": Category.HATE_BULLYING,
    "hate/threatening": Category.HATE_BULLYING,
    "illicit": Category.CRIME,
    "illicit/violent": Category.DRUGS_ALCOHOL_WEAPONS,
    "self-harm": Category.SELF_HARM,
    "self-harm/intent": Category.SELF_HARM,
    "self-harm/instructions": Category.SELF_HARM,
    "sexual": Category.SEXUAL,
    "sexual/minors": Category.SEXUAL,
    "violence": Category.VIOLENCE,
    "violence/graphic": Category.VIOLENCE,
}
NEW_CATEGORY = Category.AGE_INAPPROPRIATE
"""What a category counts as that OpenAI adds one day."""
_Score = Annotated[float, Field(ge=0, le=1)]


class _Result(BaseModel):
    categories: dict[str, bool]
    category_scores: dict[str, _Score]


class _Answer(BaseModel):
    results: list[_Result] = Field(min_length=1, max_length=1)


class OpenAiModeration:
    """A remote layer of the guard. What OpenAI flags is refused at every level; below, scores count."""

    name = "openai"
    local = False

    def __init__(self, section: OpenAiModerationSection, environ: Mapping[str, str]) -> None:
        self._model = section.model
        self._key = environ.get(KEY, "")
        self._server = OpenAiServer(
            self.name, section.base_url or ADDRESS, self._key, KEY, section.timeout_ms / 1000
        )
        self.version = f"{VERSION}-{section.model}"

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.safety.openai, os.environ)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        check = cls(config.safety.openai, environ)
        problem = check._problem()
        return Availability(not problem, problem or f"OpenAI's {check._model}", local=False)

    def _problem(self) -> str:
        if not self._key:
            return f"no key; set {KEY} in the environment"
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
        return len(answer or question)

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but a whole answer."""
        question, answer = exchange(request)

        async def call(client: "AsyncOpenAI") -> "LegacyAPIResponse[Any]":
            return await client.moderations.with_raw_response.create(
                model=self._model, input=answer or question
            )

        body = await self._server.ask(call, model=self._model, model_hint=MODEL_HINT)
        return verdict(self._findings(body), request, self.name, self.version)

    def _findings(self, body: bytes) -> list[Finding]:
        try:
            result = _Answer.model_validate_json(body).results[0]
        except ValidationError as error:
            raise self._nonsense() from error
        flags, scores = result.categories, result.category_scores
        if flags.keys() != scores.keys() or not flags.keys() >= CATEGORIES.keys():
            raise self._nonsense()
        return [
            Finding(
                CATEGORIES.get(name, NEW_CATEGORY), severity(scores[name]), name, stops=flags[name]
            )
            for name in flags
        ]

    def _nonsense(self) -> ProviderError:
        return ProviderError(
            f"{self.name}: the moderation endpoint answered something else than its categories; "
            "check [safety.openai] base_url and model"
        )


def severity(score: float) -> int:
    """A score of 0 to 1 as severity: a tenth a step, so that strict stops at 0.3 and relaxed at 0.7."""
    return min(SEVERITY_MAX, int(10 * score))
