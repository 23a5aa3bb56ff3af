"""`openai`: OpenAI's moderation endpoint; the words leave the home."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from hub.domain.safety import SEVERITY_MAX, Category, CheckRequest, Verdict
from hub.errors import ProviderError
from hub.providers.base import ProviderSetup
from hub.providers.moderation.server_check import HarmFinding, ServerCheck, exchange, verdict
from hub.providers.network.http import VendorAccount
from hub.providers.network.openai import KEY, OpenAiServer

ADDRESS = "https://api.openai.com/v1"
VERSION = "1"

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


class OpenAiModeration(ServerCheck[OpenAiServer]):
    """A remote layer of the guard. What OpenAI flags is refused at every level; below, scores count."""

    name = "openai"

    def __init__(self, setup: ProviderSetup) -> None:
        section = setup.config.safety.openai
        self._model = section.model
        account = VendorAccount(section.base_url or ADDRESS, KEY, setup.key(KEY), setup.clouds)
        server = OpenAiServer(self.name, "safety.openai", account, section.timeout_ms / 1000)
        server.local = False  # so a key is asked for wherever it is
        super().__init__(server, f"OpenAI's {section.model}", f"{VERSION}-{section.model}")

    async def check(self, request: CheckRequest) -> Verdict:
        question, answer = exchange(request)
        body = await self.server.ask(
            lambda client: client.moderations.with_raw_response.create(
                model=self._model, input=answer or question
            ),
            model=self._model,
        )
        return verdict(self._findings(body), request, self.name, self.version)

    def _findings(self, body: bytes) -> list[HarmFinding]:
        try:
            result = _Answer.model_validate_json(body).results[0]
        except ValidationError as error:
            raise self._nonsense() from error
        flags, scores = result.categories, result.category_scores
        if flags.keys() != scores.keys() or not flags.keys() >= CATEGORIES.keys():
            raise self._nonsense()
        return [
            HarmFinding(
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
