"""A local server with OpenAI's embeddings API, which knows a few subjects, well or with a fault."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

SUBJECTS: Final = (("maritime", "beach"), ("winter", "snow", "ice"), ("red",))


@dataclass
class EmbeddingServer:
    answer: Any = None
    """In place of a good one."""
    status: int = 200
    loading: asyncio.Event | None = None
    """Until it is set, nothing is answered."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    """With which it was asked."""
    url: str = ""

    async def embeddings(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.requests.append(asked)
        self.keys.add(request.headers.get("Authorization", ""))
        if self.loading is not None:
            await self.loading.wait()
        if self.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        data = [
            {"object": "embedding", "index": number, "embedding": _meaning(text)}
            for number, text in enumerate(asked["input"])
        ]
        good = {"object": "list", "data": data, "model": asked["model"]}
        return web.json_response(good if self.answer is None else self.answer)


def _meaning(text: str) -> list[float]:
    return [0.1, *(float(sum(text.lower().count(word) for word in each)) for each in SUBJECTS)]


@asynccontextmanager
async def running() -> AsyncIterator[EmbeddingServer]:
    server, app = EmbeddingServer(), web.Application()
    app.router.add_post("/v1/embeddings", server.embeddings)
    async with TestServer(app) as listening:
        server.url = str(listening.make_url("/v1"))
        yield server
