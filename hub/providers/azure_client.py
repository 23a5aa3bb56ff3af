"""Azure AI Content Safety's own client, bounded in size and time, its errors told in ours.

Slow to import: `hub.providers.azure_safety` does so in a thread.
"""

from collections.abc import Sequence

import aiohttp
from azure.ai.contentsafety.aio import ContentSafetyClient
from azure.ai.contentsafety.models import AnalyzeTextOptions, AnalyzeTextOutputType
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AioHttpTransport

from hub.errors import (
    ProviderAuthError,
    ProviderError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

MAX_ANSWER_BYTES = 1 << 16
"""Four categories are some hundred bytes."""


class _Oversized(aiohttp.ClientError):
    """More bytes than any answer."""


class _BoundedResponse(aiohttp.ClientResponse):
    async def read(self) -> bytes:
        body = b""
        async for chunk in self.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                self.close()
                raise _Oversized(f"more than {MAX_ANSWER_BYTES} bytes")
        self._body = body
        return body


class Client:
    """One connection pool. Asks once, follows no redirect and no proxy."""

    def __init__(self, endpoint: str, key: str, timeout_s: float) -> None:
        self._session = aiohttp.ClientSession(
            response_class=_BoundedResponse,
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
        )
        self._vendor = ContentSafetyClient(
            endpoint,
            AzureKeyCredential(key),
            transport=AioHttpTransport(
                session=self._session, session_owner=False, use_env_settings=False
            ),
            retry_total=0,
            permit_redirects=False,
            connection_timeout=timeout_s,
            read_timeout=timeout_s,
            logging_enable=False,
        )

    async def severities(
        self, text: str, categories: Sequence[str], *, eight: bool
    ) -> dict[str, object]:
        """Severity by category, as the far side gave it, not yet looked at."""
        levels = (
            AnalyzeTextOutputType.EIGHT_SEVERITY_LEVELS
            if eight
            else AnalyzeTextOutputType.FOUR_SEVERITY_LEVELS
        )
        options = AnalyzeTextOptions(text=text, categories=list(categories), output_type=levels)
        try:
            answer = await self._vendor.analyze_text(options)
            return {str(one.category): one.severity for one in answer.categories_analysis}
        except (AzureError, aiohttp.ClientError, TimeoutError) as error:
            raise _explain(error) from error
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise ProviderError(
                "azure: it answered something else than severities; check [safety.azure] endpoint"
            ) from error

    async def aclose(self) -> None:
        await self._vendor.close()
        await self._session.close()


def _explain(error: Exception) -> ProviderError:
    """One line for a person; never the far side's own text, which may repeat a child's words."""
    match error:
        case ClientAuthenticationError():
            return _refused_key()
        case HttpResponseError(status_code=401 | 403):
            return _refused_key()
        case HttpResponseError(status_code=429):
            return ProviderUnavailableError(
                "azure: it takes no more requests now; wait, or check the resource's quota"
            )
        case HttpResponseError(status_code=int(status)) if status >= 400:
            return ProviderError(
                f"azure: it did not take our request (HTTP {status}); check [safety.azure] endpoint"
            )
        case ServiceResponseTimeoutError() | TimeoutError():
            return ProviderTimeoutError("azure: no answer in time")
        case ServiceRequestError() | aiohttp.ClientConnectorError():
            return ProviderUnavailableError(
                "azure: can't reach it; check the internet connection and [safety.azure] endpoint"
            )
    return ProviderError("azure: it did not answer as it should; check [safety.azure] endpoint")


def _refused_key() -> ProviderError:
    return ProviderAuthError(
        "azure: it refused the key in AZURE_CONTENT_SAFETY_API_KEY; check it and start again"
    )
