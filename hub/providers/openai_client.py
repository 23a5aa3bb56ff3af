"""The vendor's client, held within bounds: size of an answer, redirects, and errors in one line.

Heavy to import (about a second): `hub.providers.openai_llm` does so in a thread, when it is chosen.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
import httpx2
import openai
from pydantic import BaseModel, ConfigDict, ValidationError

from hub.errors import (
    ProviderAuthError,
    ProviderBusyError,
    ProviderError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from hub.providers.retry import retry_after_s

ANSWER_LIMIT_BYTES = 1 << 20
"""A toy's answer is some kilobytes on the wire; past this the far side is broken or hostile."""

KEEP_ALIVE_S = 90.0
"""Between a child's turns, so that the next one needs no new handshake."""

FAULTS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    ValidationError,
    ValueError,  # JSON that isn't, bytes that aren't UTF-8
    RecursionError,  # JSON nested too deeply
    TimeoutError,
)
"""What a request can raise: all of it goes through `explain`."""


class Oversized(httpx2.RequestError):
    """More bytes than any answer of a toy."""


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, limit_bytes: int) -> None:
        self._inner = inner
        self._limit = self._left = limit_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise Oversized(f"more than {self._limit} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    """Reads no more than the limit of any answer, and none that is packed."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(limits=httpx2.Limits(keepalive_expiry=KEEP_ALIVE_S))
        self._limit_bytes = limit_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._limit_bytes)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.stream.aclose()
            raise Oversized("packed, though we asked for plain text")
        return response


def connect(
    base_url: str, key: str, timeout_s: float, limit_bytes: int = ANSWER_LIMIT_BYTES
) -> openai.AsyncOpenAI:
    """A client that asks once, follows no redirect (it could lead out of the house) and no proxy.

    To be called in a thread without an event loop.
    """
    anyio.run(anyio.sleep, 0)  # loads what the first request would else import in the event loop
    return openai.AsyncOpenAI(
        api_key=key or "none",
        base_url=base_url,
        timeout=timeout_s,
        max_retries=0,
        default_headers={"Accept-Encoding": "identity"},
        http_client=httpx2.AsyncClient(
            transport=_BoundedTransport(limit_bytes), follow_redirects=False
        ),
    )


class _Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Delta(_Part):
    content: str | None = None


class _Choice(_Part):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(_Part):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chunk(_Part):
    """What we need of one streamed piece. The client itself checks no types, so this does.

    Thoughts that come apart (`reasoning`, `reasoning_content`) are left out here.
    """

    choices: list[_Choice] | None = None
    usage: _Usage | None = None

    @property
    def text(self) -> str:
        return "".join(c.delta.content or "" for c in self.choices or () if c.delta)

    @property
    def finished(self) -> bool:
        return any(choice.finish_reason for choice in self.choices or ())


@dataclass(frozen=True, slots=True)
class Where:
    """Whom a request went to, for the words of an error."""

    provider: str
    host: str
    key_name: str
    """Environment variable that holds the key; "" where none is wanted."""
    model: str
    model_hint: str
    """How to get or choose a model."""


def explain(error: Exception, where: Where, *, answering: bool) -> ProviderError:
    """One line for a person; never the far side's own text, which may repeat a key or a child's words.

    `answering` is True once the far side began to answer.
    """
    who, host = where.provider, where.host
    cause = error.__cause__
    match error:
        case ProviderError():
            return error
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            what = f"the key in {where.key_name}" if where.key_name else "a request without a key"
            return ProviderAuthError(f"{who}: {host} refused {what}; check it and start again")
        case openai.NotFoundError():
            return ProviderUnavailableError(
                f"{who}: {host} has no model {where.model!r}, or base_url is wrong; {where.model_hint}"
            )
        case openai.RateLimitError():
            return ProviderBusyError(
                f"{who}: {host} takes no more requests now; wait, or check the account's credit",
                retry_after_s(error.response.headers.get("retry-after")),
            )
        case openai.APIStatusError() if error.status_code >= 500:
            return ProviderBusyError(
                f"{who}: {host} has trouble (HTTP {error.status_code}); it is tried again later",
                retry_after_s(error.response.headers.get("retry-after")),
            )
        case openai.APIStatusError():
            return ProviderRequestError(
                f"{who}: {host} does not take our request (HTTP {error.status_code}); "
                f"check base_url and the model {where.model!r}"
            )
        case openai.APITimeoutError() | TimeoutError():
            return ProviderTimeoutError(f"{who}: {host} did not go on in time")
        case Oversized():
            return ProviderError(f"{who}: {host} sent far more than an answer; check base_url")
        case openai.APIConnectionError() if isinstance(cause, Oversized):
            return ProviderError(f"{who}: {host} sent far more than an answer; check base_url")
        case openai.APIConnectionError() | httpx2.HTTPError() if answering:
            return ProviderError(f"{who}: {host} broke off in the middle of its answer")
        case openai.APIConnectionError() | httpx2.HTTPError():
            return ProviderBusyError(
                f"{who}: can't reach {host}; is it running, and is base_url right?"
            )
        case openai.APIResponseValidationError() | ValueError() | RecursionError():
            return ProviderError(f"{who}: {host} answered what no language model should")
    return ProviderError(f"{who}: {host} reported an error instead of an answer")
