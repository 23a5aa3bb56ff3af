"""A language model that can only copy from its context, behind a local server that speaks OpenAI's wire format.

It answers with the sentence of notes and talk that shares most words with what it was asked. What it was never told
it can't say, and what it was told it will.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.domain.talks.notes import INTRODUCTION
from hub.knowledge.memories.wording import content

NOTHING: Final = "I wonder about that, too."


@dataclass
class Copier:
    """`told` is all of the last request but the rules."""

    told: str = ""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        messages = (await request.json())["messages"]
        before = [message["content"] for message in messages[1:-1]]
        self.told = "\n".join(before)
        asked = content(messages[-1]["content"])
        sentences = [sentence for text in before for sentence in _sentences(text)]
        best = max(sentences, key=lambda text: len(asked & content(text)), default="")
        said = best if asked & content(best) else NOTHING
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        about = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "copier"}
        for delta, finish in (({"content": said}, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            await response.write(f"data: {json.dumps({**about, 'choices': [choice]})}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The address, for `[llm.openai] base_url`."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.chat)
        server = TestServer(app)
        await server.start_server()
        try:
            yield str(server.make_url("/v1"))
        finally:
            await server.close()


def _sentences(text: str) -> list[str]:
    if text.startswith(INTRODUCTION):
        notes = json.loads(text.removeprefix(INTRODUCTION))
        earlier = notes["earlier"].split(" / ")
        return [*notes["memories"], *_sentences(notes["so_far"]), *earlier]
    return re.split(r"(?<=[.!?]) ", text)
