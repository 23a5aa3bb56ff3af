"""`azure`: Azure AI Content Safety through its own client; the words leave the house."""

import asyncio
import importlib
import importlib.util
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from hub.config import AzureSafetySection, Config
from hub.domain.safety import SEVERITY_MAX, Category, CheckRequest, Verdict
from hub.errors import ProviderError, ProviderUnavailableError
from hub.providers.base import Availability
from hub.providers.moderation import Finding, exchange, verdict

if TYPE_CHECKING:
    from hub.providers.azure_client import Client

KEY = "AZURE_CONTENT_SAFETY_API_KEY"
VERSION = "1"
CATEGORIES = {
    "Hate": Category.HATE_BULLYING,
    "SelfHarm": Category.SELF_HARM,
    "Sexual": Category.SEXUAL,
    "Violence": Category.VIOLENCE,
}
_INSTALL = "install it with: pip install 'pommai[azure]'"


class AzureSafety:
    """A remote layer of the guard; its severities are held against the toy's level as they are."""

    name = "azure"
    local = False

    def __init__(self, section: AzureSafetySection, environ: Mapping[str, str]) -> None:
        self._section = section
        self._key = environ.get(KEY, "")
        self._connecting = asyncio.Lock()
        self._client: Client | None = None
        self.version = f"{VERSION}-{section.levels}"

    @classmethod
    def create(cls, config: Config) -> Self:
        return cls(config.safety.azure, os.environ)

    @classmethod
    def available(cls, config: Config, environ: Mapping[str, str]) -> Availability:
        check = cls(config.safety.azure, environ)
        problem = check._problem()
        host = urlsplit(check._section.endpoint).hostname
        return Availability(not problem, problem or f"Azure AI Content Safety at {host}", False)

    def _problem(self) -> str:
        if not self._section.endpoint:
            return "no address; set [safety.azure] endpoint to your resource's"
        if not self._key:
            return f"no key; set {KEY} in the environment"
        try:
            found = importlib.util.find_spec("azure.ai.contentsafety")
        except ModuleNotFoundError:  # not even a package "azure"
            found = None
        if found is None:
            return f"the Python package azure-ai-contentsafety isn't installed; {_INSTALL}"
        return ""

    async def warm_up(self) -> None:
        await self._connect()

    async def aclose(self) -> None:
        async with self._connecting:
            client, self._client = self._client, None
            if client is not None:
                await client.aclose()

    def characters(self, request: CheckRequest) -> int:
        question, answer = exchange(request)
        return len(answer or question)

    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but a severity for each category."""
        question, answer = exchange(request)
        client = await self._connect()
        eight = self._section.levels == "8"
        severities = await client.severities(answer or question, list(CATEGORIES), eight=eight)
        findings = []
        for name, category in CATEGORIES.items():
            value = severities.get(name)
            if type(value) is not int or value not in (range(8) if eight else (0, 2, 4, 6)):
                raise ProviderError(
                    f"{self.name}: it did not tell how severe {name} is; check [safety.azure] endpoint"
                )
            # Of four levels the highest means "6 or 7": nothing of it may pass.
            worst = value if eight or value < 6 else SEVERITY_MAX
            findings.append(Finding(category, worst, f"{name} {value}"))
        return verdict(findings, request, self.name, self.version)

    async def _connect(self) -> "Client":
        async with self._connecting:
            if self._client is None:
                if problem := self._problem():
                    raise ProviderUnavailableError(f"{self.name}: {problem}")
                loop = asyncio.get_running_loop()
                # Importing the vendor's package takes a second or more.
                with ThreadPoolExecutor(1, thread_name_prefix="azure-import") as thread:
                    vendor = await loop.run_in_executor(
                        thread, importlib.import_module, "hub.providers.azure_client"
                    )
                self._client = vendor.Client(
                    self._section.endpoint, self._key, self._section.timeout_ms / 1000
                )
            assert self._client is not None
            return self._client
