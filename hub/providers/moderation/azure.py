"""`azure`: Azure AI Content Safety through its own client; the words leave the home.

The client's package takes a second or more to import, so that is done in a thread, when it is needed.
"""

from typing import TYPE_CHECKING

import aiohttp

from hub.domain.safety import SEVERITY_MAX, Category, CheckRequest, Verdict
from hub.errors import ProviderError, ProviderTimeoutError
from hub.providers.base import ProviderSetup
from hub.providers.moderation.server_check import HarmFinding, ServerCheck, exchange, verdict
from hub.providers.network.http import VendorAccount, VendorServer

if TYPE_CHECKING:
    from azure.ai.contentsafety.aio import ContentSafetyClient
    from azure.ai.contentsafety.models import AnalyzeTextOptions

KEY = "AZURE_CONTENT_SAFETY_API_KEY"
VERSION = "1"
CATEGORIES = {
    "Hate": Category.HATE_BULLYING,
    "SelfHarm": Category.SELF_HARM,
    "Sexual": Category.SEXUAL,
    "Violence": Category.VIOLENCE,
}
MAX_ANSWER_BYTES = 1 << 16
"""Four categories are some hundred bytes."""


class AzureSafety(ServerCheck[VendorServer["_Client"]]):
    """A remote layer of the guard; its severities are held against the toy's level as they are."""

    name = "azure"

    def __init__(self, setup: ProviderSetup) -> None:
        self._section = section = setup.config.safety.azure
        account = VendorAccount(section.endpoint, KEY, setup.key(KEY), setup.clouds)
        server = VendorServer(
            self.name,
            "safety.azure",
            account,
            self._connect,
            "azure.ai.contentsafety",
            extra="azure",
            setting="endpoint",
        )
        what = f"Azure AI Content Safety at {server.host}"
        super().__init__(server, what, f"{VERSION}-{section.levels}")

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but a severity for each category."""
        question, answer = exchange(request)
        await self.warm_up()
        severities = await self._severities(answer or question)
        eight = self._section.levels == "8"
        findings = []
        for name, category in CATEGORIES.items():
            value = severities.get(name)
            if type(value) is not int or value not in (range(8) if eight else (0, 2, 4, 6)):
                raise ProviderError(
                    f"{self.name}: it did not tell how severe {name} is; check [safety.azure] endpoint"
                )
            # Of four levels the highest means "6 or 7": nothing of it may pass.
            worst = value if eight or value < 6 else SEVERITY_MAX
            findings.append(HarmFinding(category, worst, f"{name} {value}"))
        return verdict(findings, request, self.name, self.version)

    async def _severities(self, text: str) -> dict[str, object]:
        """Severity by category, as the server gave it, not yet looked at."""
        from azure.ai.contentsafety.models import AnalyzeTextOptions, AnalyzeTextOutputType
        from azure.core.exceptions import AzureError

        levels = {
            "8": AnalyzeTextOutputType.EIGHT_SEVERITY_LEVELS,
            "4": AnalyzeTextOutputType.FOUR_SEVERITY_LEVELS,
        }[self._section.levels]
        client = await self.server.open()
        options = AnalyzeTextOptions(text=text, categories=list(CATEGORIES), output_type=levels)
        try:
            return await client.severities(options)
        except (AzureError, aiohttp.ClientError, TimeoutError) as error:
            raise self._explain(error) from error
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise self.server.nonsense("something else than severities") from error

    def _explain(self, error: Exception) -> ProviderError:
        from azure.core.exceptions import (
            ClientAuthenticationError,
            HttpResponseError,
            ServiceRequestError,
            ServiceResponseTimeoutError,
        )

        match error:
            case ClientAuthenticationError():
                return self.server.refusal(401)
            case HttpResponseError(status_code=int(status)) if status >= 400:
                return self.server.refusal(status)
            case ServiceResponseTimeoutError() | TimeoutError():
                return ProviderTimeoutError(f"{self.name}: no answer in time")
            case ServiceRequestError() | aiohttp.ClientConnectorError():
                return self.server.unreachable()
        return self.server.nonsense()

    def _connect(self) -> "_Client":
        return _Client(self.server.account, self._section.timeout_ms / 1000)


class _OversizedError(aiohttp.ClientError):
    """More bytes than any answer."""


class _BoundedResponse(aiohttp.ClientResponse):
    async def read(self) -> bytes:
        body = b""
        async for chunk in self.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                self.close()
                raise _OversizedError(f"more than {MAX_ANSWER_BYTES} bytes")
        self._body = body
        return body


class _Client:
    """The vendor's client with one pool of connections. Asks once, follows no redirect and no proxy."""

    def __init__(self, account: VendorAccount, timeout_s: float) -> None:
        """In the thread that imports; connections are made where the first request is."""
        import azure.ai.contentsafety.aio
        import azure.ai.contentsafety.models  # noqa: F401 - these are loaded here and used below
        from azure.core.pipeline.transport import AioHttpTransport  # noqa: F401

        self._account = account
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._vendor: ContentSafetyClient | None = None

    async def severities(self, options: "AnalyzeTextOptions") -> dict[str, object]:
        answer = await self._open().analyze_text(options)
        return {str(one.category): one.severity for one in answer.categories_analysis}

    def _open(self) -> "ContentSafetyClient":
        from azure.ai.contentsafety.aio import ContentSafetyClient
        from azure.core.credentials import AzureKeyCredential
        from azure.core.pipeline.transport import AioHttpTransport

        if self._vendor is None:
            self._session = aiohttp.ClientSession(
                response_class=_BoundedResponse,
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
            )
            self._vendor = ContentSafetyClient(
                self._account.url,
                AzureKeyCredential(self._account.key),
                transport=AioHttpTransport(
                    session=self._session, session_owner=False, use_env_settings=False
                ),
                retry_total=0,
                permit_redirects=False,
                connection_timeout=self._timeout_s,
                read_timeout=self._timeout_s,
                logging_enable=False,
            )
        return self._vendor

    async def close(self) -> None:
        if self._vendor is not None and self._session is not None:
            await self._vendor.close()
            await self._session.close()
