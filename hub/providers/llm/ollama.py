"""Is there an Ollama server on this machine, and which of its models would a toy talk with?"""

import asyncio
from collections.abc import Iterable

import aiohttp
from pydantic import BaseModel, ValidationError

ADDRESS = "http://127.0.0.1:11434"
PROBE_LIMIT_S = 0.3
ANSWER_LIMIT_BYTES = 1 << 20

GOOD_FOR_A_TOY = ("llama3.2", "gemma3", "qwen2.5", "llama3.1", "mistral", "phi")
"""Families in order of preference: they answer in short plain sentences, at once."""


class _Model(BaseModel):
    name: str


class _Tags(BaseModel):
    models: list[_Model] = []


def is_cloud_model(name: str) -> bool:
    """Ollama passes such models' words on to its makers' servers."""
    return name.endswith(("-cloud", ":cloud"))


def pick_model(installed: Iterable[str]) -> str | None:
    """The model that suits a toy best; None where none runs at home and chats."""
    usable = [n for n in installed if not is_cloud_model(n) and "embed" not in n]
    for family in GOOD_FOR_A_TOY:
        for name in usable:
            if name.startswith(family):
                return name
    return usable[0] if usable else None


async def probe(address: str = ADDRESS) -> str | None:
    """The model that the server at `address` would talk with, None if no such server answers."""
    models = await installed(address)
    return None if models is None else pick_model(models)


async def installed(address: str = ADDRESS) -> list[str] | None:
    """The models that the server at `address` has, None if no such server answers.

    Takes at most `PROBE_LIMIT_S`, real time, as it guards against a real server.
    """
    try:
        async with (
            asyncio.timeout(PROBE_LIMIT_S),
            aiohttp.ClientSession() as session,
            session.get(f"{address}/api/tags", allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                return None
            body = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                body += chunk
                if len(body) > ANSWER_LIMIT_BYTES:
                    return None
        return [model.name for model in _Tags.model_validate_json(body).models]
    except (aiohttp.ClientError, OSError, TimeoutError, ValidationError):
        return None
