"""`openai`: a model that says what texts mean, on a server with OpenAI's embeddings API, at home or in the cloud.

One at home reads all that a family gave its toys to know, and each question of a child. What one outside may read is
in `hub.egress.remote_embedder`.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from hub.errors import ConfigError
from hub.providers.base import ProviderSetup
from hub.providers.network.address import is_local_url
from hub.providers.network.http import RemoteProvider, VendorAccount
from hub.providers.network.openai import KEY, OpenAiServer

MAX_DIMENSIONS: Final = 4096
"""Of a vector; common models have 384 to 1536."""
MAX_ANSWER_BYTES: Final = 8 << 20
"""32 vectors of that length, with 60 characters a number."""


class _Vector(BaseModel):
    index: int
    embedding: Annotated[list[FiniteFloat], Field(min_length=1, max_length=MAX_DIMENSIONS)]


class _Answer(BaseModel):
    data: list[_Vector]


class OpenAiEmbedder(RemoteProvider[OpenAiServer]):
    name = "openai"

    def __init__(self, setup: ProviderSetup) -> None:
        section = setup.config.embedding
        self._model = section.model
        # No server at home is sent the key, which is a vendor's.
        key_name = "" if is_local_url(section.base_url) else KEY
        account = VendorAccount(section.base_url, key_name, setup.key(key_name), setup.clouds)
        server = OpenAiServer(self.name, "embedding", account, section.timeout_s, MAX_ANSWER_BYTES)
        super().__init__(server, f"{section.model} at {server.host}")

    @classmethod
    def chosen(cls, setup: ProviderSetup) -> Self | None:
        """None where there is none. Raises ConfigError for one without a model."""
        section = setup.config.embedding
        if not section.base_url:
            return None
        if not section.model:
            raise ConfigError("[embedding] model: name the model that the server is to use")
        return cls(setup)

    @property
    def version(self) -> str:
        return self._model

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Raises ProviderError."""
        body = await self.server.ask(
            lambda client: client.embeddings.with_raw_response.create(
                model=self._model, input=list(texts), encoding_format="float"
            ),
            model=self._model,
        )
        try:
            found = sorted(_Answer.model_validate_json(body).data, key=lambda each: each.index)
        except ValidationError as error:
            raise self.server.nonsense("no vectors") from error
        rows = [each.embedding for each in found]
        lengths = [math.hypot(*row) for row in rows]
        if (
            [each.index for each in found] != list(range(len(texts)))
            or len({len(row) for row in rows}) != 1
            or 0 in lengths
        ):
            raise self.server.nonsense("other vectors than we asked for")
        return [
            [number / length for number in row] for row, length in zip(rows, lengths, strict=True)
        ]
