"""One server that speaks OpenAI's wire format, asked through the vendor's client."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from hub.errors import ProviderError
from hub.providers.base import Availability, not_installed
from hub.providers.network.http import RemoteServer, VendorAccount
from hub.providers.network.requests import LazyClient

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai._legacy_response import LegacyAPIResponse

KEY: Final = "OPENAI_API_KEY"
MAX_ANSWER_BYTES: Final = 1 << 20
"""A toy's answer is some kilobytes on the wire; past this the server is broken or hostile."""
OPENROUTER_HOST: Final = "openrouter.ai"
OPENROUTER_HEADERS: Final = {
    "HTTP-Referer": "https://github.com/pommai/pommai",
    "X-Title": "Pommai",
}
"""Who asks, as OpenRouter wishes (https://openrouter.ai/docs/api-reference/overview); nobody else is told."""


def openai_available(account: VendorAccount, what: str) -> Availability:
    """Whether that server could be asked for `what`; a local one may need no key."""
    problem = ("" if account.local else account.no_key) or not_installed("openai")
    return Availability(not problem, problem or f"{what} at {account.host}", account.local)


class OpenAiServer(RemoteServer):
    """`timeout_s` is for the first piece of an answer, and between two; `max_bytes` for the whole of it."""

    def __init__(
        self,
        name: str,
        section: str,
        account: VendorAccount,
        timeout_s: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        super().__init__(name, section, account)
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self.client = LazyClient("openai", self._connect)
        """The vendor's; close it at the end."""

    def _connect(self) -> "AsyncOpenAI":
        from hub.providers.network.openai_client import connect

        headers = OPENROUTER_HEADERS if self.host == OPENROUTER_HOST else {}
        return connect(self.account, self._timeout_s, self._max_bytes, headers)

    async def ask(
        self, call: "Callable[[AsyncOpenAI], Awaitable[LegacyAPIResponse[Any]]]", *, model: str
    ) -> bytes:
        """The body of the answer. Raises a ProviderError of one line for whatever goes wrong."""
        client = await self.client.get()
        with self.explaining(model):
            return (await call(client)).content

    @contextmanager
    def explaining(self, model: str, *, answering: bool = False) -> Iterator[None]:
        """Makes a ProviderError of whatever the client raises; `answering` once the server began to."""
        from hub.providers.network.openai_client import FAULTS, explain

        try:
            yield
        except FAULTS as error:
            raise explain(error, self, model, answering=answering) from error

    def unknown_model(self, model: str) -> str:
        """What to do where the server has no such model."""
        return f"set another as [{self.section}] model"

    def nonsense(self, what: str = "what no language model should") -> ProviderError:
        return super().nonsense(what)
