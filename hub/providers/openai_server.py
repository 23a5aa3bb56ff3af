"""One server that speaks OpenAI's wire format, asked for whole answers through the vendor's client."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse


class OpenAiServer:
    """`who` is the provider's name and `key_name` the key's variable, for the words of an error."""

    def __init__(self, who: str, base_url: str, key: str, key_name: str, timeout_s: float) -> None:
        self._who = who
        self._base_url = base_url
        self._key = key
        self._key_name = key_name
        self._timeout_s = timeout_s
        self._connecting = asyncio.Lock()
        self._client: AsyncOpenAI | None = None

    async def connect(self) -> "AsyncOpenAI":
        """The client, made once: importing it takes about a second, in a thread."""
        async with self._connecting:
            if self._client is None:
                loop = asyncio.get_running_loop()
                with ThreadPoolExecutor(1, thread_name_prefix="openai-import") as thread:
                    self._client = await loop.run_in_executor(thread, self._connect)
            return self._client

    def _connect(self) -> "AsyncOpenAI":
        from hub.providers.openai_client import connect

        return connect(self._base_url, self._key, self._timeout_s)

    async def ask(
        self,
        call: "Callable[[AsyncOpenAI], Awaitable[LegacyAPIResponse[Any]]]",
        *,
        model: str,
        model_hint: str,
    ) -> bytes:
        """The body of the answer. Raises a ProviderError of one line for whatever goes wrong."""
        client = await self.connect()
        from hub.providers.openai_client import FAULTS, Where, explain

        try:
            return (await call(client)).content
        except FAULTS as error:
            host = urlsplit(self._base_url).hostname or self._base_url
            key_name = self._key_name if self._key else ""
            where = Where(self._who, host, key_name, model, model_hint)
            raise explain(error, where, answering=False) from error

    async def aclose(self) -> None:
        async with self._connecting:
            client, self._client = self._client, None
            if client is not None:
                await client.close()
