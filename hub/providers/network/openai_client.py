"""The vendor's client, held within bounds: size of an answer, redirects, and errors in one line.

Heavy to import (about a second): `hub.providers.network.openai` does so in a thread, when it is needed.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import anyio
import httpx2
import openai
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from hub.errors import (
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.network.http import KEEP_ALIVE_S, VendorAccount
from hub.providers.network.openai import OpenAiServer

FAULTS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    ValidationError,
    ValueError,  # JSON that isn't, bytes that aren't UTF-8
    RecursionError,  # JSON nested too deeply
    TimeoutError,
)
"""What a request can raise: all of it goes through `explain`."""


MAX_TOKENS = 10_000_000
"""Of one request: more than any model reads or writes at once."""


class OversizedError(httpx2.RequestError):
    """More bytes than any answer of a toy."""


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self._inner = inner
        self._left = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise OversizedError("more bytes than an answer has")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    """Reads no more than `max_bytes` of any answer, and none that is packed."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(limits=httpx2.Limits(keepalive_expiry=KEEP_ALIVE_S))
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._max_bytes)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.stream.aclose()
            raise OversizedError("packed, though we asked for plain text")
        return response


def connect(
    account: VendorAccount, timeout_s: float, max_bytes: int, headers: Mapping[str, str]
) -> openai.AsyncOpenAI:
    """A client that asks once, follows no redirect (it could lead out of the home) and no proxy.

    To be called in a thread without an event loop.
    """
    client = openai.AsyncOpenAI(
        api_key=account.key or "none",
        base_url=account.url,
        timeout=timeout_s,
        max_retries=0,
        default_headers={"Accept-Encoding": "identity", **headers},
        http_client=httpx2.AsyncClient(
            transport=_BoundedTransport(max_bytes), follow_redirects=False
        ),
    )
    # Each loads what the first request would else import in the event loop.
    anyio.run(anyio.sleep, 0)
    _ = client.audio.transcriptions, client.audio.speech
    return client


class _Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)


def _as_text(value: object) -> object:
    """Some servers give arguments that are read already."""
    return json.dumps(value) if isinstance(value, dict | list) else value


class _Function(_Part):
    name: str | None = None
    arguments: Annotated[str | None, BeforeValidator(_as_text)] = None


class CallPiece(_Part):
    """Of a tool call: `index` says of which, where a model makes several."""

    index: int | None = None
    function: _Function | None = None


class _Delta(_Part):
    content: str | None = None
    tool_calls: list[CallPiece] | None = None


class _Choice(_Part):
    delta: _Delta | None = None
    finish_reason: str | None = None


def _believable(tokens: object) -> object:
    """A count that no model could have reached counts as none."""
    return tokens if isinstance(tokens, int) and 0 <= tokens <= MAX_TOKENS else 0


_Tokens = Annotated[int, BeforeValidator(_believable)]


class Usage(_Part):
    """What the server counted, as far as it can be believed."""

    prompt_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0


class Chunk(_Part):
    """What we need of one streamed piece. The client itself checks no types, so this does.

    Thoughts that come apart (`reasoning`, `reasoning_content`) are left out here.
    """

    choices: list[_Choice] | None = None
    usage: Usage | None = None

    @property
    def text(self) -> str:
        return "".join(c.delta.content or "" for c in self.choices or () if c.delta)

    @property
    def call_pieces(self) -> list[CallPiece]:
        return [piece for c in self.choices or () if c.delta for piece in c.delta.tool_calls or ()]

    @property
    def finished(self) -> bool:
        return any(choice.finish_reason for choice in self.choices or ())


def is_about_tools(error: Exception) -> bool:
    """Whether a server may have refused a request for its tools: most say so, and some only that it was bad."""
    return isinstance(error, openai.APIStatusError) and (
        error.status_code in (400, 422) or "tool" in str(error).lower()
    )


def explain(
    error: Exception, server: OpenAiServer, model: str, *, answering: bool
) -> ProviderError:
    """One line for a person. `answering` is True once the server began to answer."""
    who = f"{server.name}: {server.host}"
    match error:
        case ProviderError():
            return error
        case openai.NotFoundError():
            return ProviderUnavailableError(
                f"{who} has no model {model!r}, or base_url is wrong; {server.unknown_model(model)}"
            )
        case openai.APIStatusError():
            return server.refusal(error.status_code, error.response.headers.get("retry-after"))
        case openai.APITimeoutError() | TimeoutError():
            return ProviderTimeoutError(f"{who} did not go on in time")
        case OversizedError():
            return server.too_long()
        case openai.APIConnectionError() if isinstance(error.__cause__, OversizedError):
            return server.too_long()
        case openai.APIConnectionError() | httpx2.HTTPError():
            return server.broke_off() if answering else server.unreachable()
        case openai.APIResponseValidationError() | ValueError() | RecursionError():
            return server.nonsense()
    return ProviderError(f"{who} reported an error instead of an answer")
