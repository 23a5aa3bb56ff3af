"""One server that speaks OpenAI's wire format, asked through the vendor's client."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from hub.errors import ProviderError
from hub.providers.base import not_installed
from hub.providers.network.http import VendorAccount, VendorServer

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


class OpenAiServer(VendorServer["AsyncOpenAI"]):
    """`timeout_s` is for the first piece of an answer, and between two; `max_bytes` for the whole of it.

    One on the home network may need no key; nor does any whose account names none.
    """

    def __init__(
        self,
        name: str,
        section: str,
        account: VendorAccount,
        timeout_s: float,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        super().__init__(name, section, account, self._connect, "openai")
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes

    def problem(self) -> str:
        keyless = self.account.url and (self.local or not self.account.key_name)
        return not_installed("openai") if keyless else super().problem()

    def _connect(self) -> "AsyncOpenAI":
        from hub.providers.network.openai_client import connect

        headers = OPENROUTER_HEADERS if self.host == OPENROUTER_HOST else {}
        return connect(self.account, self._timeout_s, self._max_bytes, headers)

    async def ask(
        self, call: "Callable[[AsyncOpenAI], Awaitable[LegacyAPIResponse[Any]]]", *, model: str
    ) -> bytes:
        """The body of the answer. Raises a ProviderError of one line for whatever goes wrong."""
        client = await self.open()
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
