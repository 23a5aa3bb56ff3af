"""Home Assistant's conversation API: a sentence that it acts on, and what it says to that.

Only at an address on the home network, and always to its own agent, which works by fixed sentences: a model
that somebody made its default agent, perhaps in a cloud, is never asked. The token comes from the environment alone.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Self

from pydantic import AliasPath, BaseModel, Field, ValidationError

from hub.config import Config
from hub.domain.clock import Clock
from hub.domain.toys import ProviderKind
from hub.errors import ConfigError, ProviderTimeoutError
from hub.providers.clouds import CloudSwitch
from hub.providers.network.address import LocalResolver, is_local_url
from hub.providers.network.breaker import Breaker
from hub.providers.network.http import HttpServer, VendorAccount

NAME: Final = "home-assistant"
NO_URL: Final = "set [home_assistant] url in the hub's settings to Home Assistant's address"
TOKEN: Final = "POMMAI_HOME_ASSISTANT_TOKEN"  # noqa: S105 - the name of the variable
AGENT: Final = "homeassistant"
"""Its own; newer ones call it conversation.home_assistant and still know this name."""
MAX_WAIT_S: Final = 5.0
MAX_ANSWER_BYTES: Final = 64 * 1024
MAX_SPEECH_CHARACTERS: Final = 300
"""So much of its answer is said."""


@dataclass(frozen=True, slots=True)
class HomeAssistantAnswer:
    """What became of a sentence."""

    done: bool
    """False where it did not understand, has no such thing, or the thing did not do it."""
    speech: str = ""


class _Answer(BaseModel):
    kind: str = Field(validation_alias=AliasPath("response", "response_type"))
    speech: str = Field("", validation_alias=AliasPath("response", "speech", "plain", "speech"))


class HomeAssistant(HttpServer):
    """One for the hub; `aclose` it."""

    def __init__(self, url: str, token: str, clock: Clock) -> None:
        """Raises ConfigError for an address outside the home network."""
        if not is_local_url(url):
            raise ConfigError(
                "[home_assistant] url must be an address on your home network, "
                "such as http://192.168.1.10:8123 or http://homeassistant.local:8123"
            )
        super().__init__(
            NAME,
            "home_assistant",
            VendorAccount(url, TOKEN, token, CloudSwitch()),  # never a cloud
            setting="url",
            new_resolver=LocalResolver,
        )
        self._clock = clock
        self._breaker = Breaker(ProviderKind.HOME_ASSISTANT, NAME, clock)

    @classmethod
    def create(cls, config: Config, environ: Mapping[str, str], clock: Clock) -> Self | None:
        """None where the household has none."""
        url = config.home_assistant.url
        return cls(url, environ.get(TOKEN, ""), clock) if url else None

    async def ask(self, sentence: str, language: str) -> HomeAssistantAnswer:
        """Have it act on a sentence. Raises ProviderError."""
        with self._breaker.attempt(MAX_WAIT_S):
            try:
                async with self._clock.timeout(MAX_WAIT_S):
                    return await self._ask(sentence, language)
            except TimeoutError as error:
                raise ProviderTimeoutError(
                    f"{NAME}: {self.host} did not answer within {MAX_WAIT_S:g} s"
                ) from error

    async def _ask(self, sentence: str, language: str) -> HomeAssistantAnswer:
        asked = {"text": sentence, "language": language, "agent_id": AGENT}
        async with AsyncExitStack() as stack:
            answer = await self.post(stack, "/api/conversation/process", asked, "application/json")
            body = bytearray()
            async for piece in self.pieces(answer):
                body += piece
                if len(body) > MAX_ANSWER_BYTES:
                    raise self.nonsense()
        try:
            said = _Answer.model_validate_json(bytes(body))
        except ValidationError as error:
            raise self.nonsense() from error
        speech = " ".join(said.speech.split())[:MAX_SPEECH_CHARACTERS]
        return HomeAssistantAnswer(said.kind != "error", speech)
