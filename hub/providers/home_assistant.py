"""Home Assistant's conversation API: a sentence that it acts on, and what it says to that.

Only at an address in this house, and always to its own agent, which works by fixed sentences: a model that somebody
made its default agent, perhaps in a cloud, is never asked. The token comes from the environment alone.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Self

from pydantic import BaseModel, ValidationError

from hub.config import Config
from hub.domain.clock import Clock
from hub.domain.toys import ProviderKind
from hub.errors import ConfigError, ProviderBusyError, ProviderError, ProviderTimeoutError
from hub.providers.address import HouseResolver, in_this_house
from hub.providers.breaker import Breaker
from hub.providers.far_side import no_key
from hub.providers.http_service import HttpService

NAME: Final = "home-assistant"
NO_URL: Final = "set [home_assistant] url in the hub's settings to Home Assistant's address"
TOKEN: Final = "POMMAI_HOME_ASSISTANT_TOKEN"  # noqa: S105 - the name of the variable
AGENT: Final = "homeassistant"
"""Its own; newer ones call it conversation.home_assistant and still know this name."""
ANSWER_S: Final = 5.0
ANSWER_MOST_BYTES: Final = 64 * 1024
SPEECH_MOST: Final = 300
"""Characters of its answer that are said."""


@dataclass(frozen=True, slots=True)
class HouseAnswer:
    done: bool
    """False where it did not understand, has no such thing, or the thing did not do it."""
    speech: str = ""


class _Plain(BaseModel):
    speech: str = ""


class _Speech(BaseModel):
    plain: _Plain = _Plain()


class _Response(BaseModel):
    response_type: str
    speech: _Speech = _Speech()


class _Answer(BaseModel):
    response: _Response


class HomeAssistant(HttpService):
    """One for the hub; `aclose` it."""

    def __init__(self, url: str, token: str, clock: Clock) -> None:
        """Raises ConfigError for an address outside the house."""
        if not in_this_house(url):
            raise ConfigError(
                "[home_assistant] url must be an address in this house, "
                "such as http://192.168.1.10:8123 or http://homeassistant.local:8123"
            )
        super().__init__(NAME, "home_assistant", TOKEN, url, token, HouseResolver)
        self._clock = clock
        self._breaker = Breaker(ProviderKind.HOUSE, NAME, clock)

    @property
    def problem(self) -> str:
        """What a grown-up has to do before it can be asked; "" for nothing."""
        return "" if self._key else no_key(TOKEN)

    @classmethod
    def create(cls, config: Config, environ: Mapping[str, str], clock: Clock) -> Self | None:
        """None where the household has none."""
        url = config.home_assistant.url
        return cls(url, environ.get(TOKEN, ""), clock) if url else None

    async def ask(self, sentence: str, language: str) -> HouseAnswer:
        """Have it act on a sentence. Raises ProviderError."""
        with self._breaker.attempt(ANSWER_S):
            try:
                async with self._clock.timeout(ANSWER_S):
                    return await self._ask(sentence, language)
            except TimeoutError as error:
                raise ProviderTimeoutError(
                    f"{NAME}: {self.host} did not answer within {ANSWER_S:g} s"
                ) from error

    def unreachable(self) -> ProviderBusyError:
        return ProviderBusyError(
            f"{NAME}: can't reach {self.host}; is it running, and is [home_assistant] url right?"
        )

    async def _ask(self, sentence: str, language: str) -> HouseAnswer:
        asked = {"text": sentence, "language": language, "agent_id": AGENT}
        async with AsyncExitStack() as stack:
            answer = await self.post(stack, "/api/conversation/process", asked, "application/json")
            body = bytearray()
            async for piece in self.pieces(answer):
                body += piece
                if len(body) > ANSWER_MOST_BYTES:
                    raise self.nonsense()
        try:
            response = _Answer.model_validate_json(bytes(body)).response
        except ValidationError as error:
            raise ProviderError(f"{NAME}: {self.host} answered what it never should") from error
        speech = " ".join(response.speech.plain.speech.split())[:SPEECH_MOST]
        return HouseAnswer(response.response_type != "error", speech)
