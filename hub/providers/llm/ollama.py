"""Is there an Ollama server on this machine, and which of its models would a toy talk with?"""

import asyncio
from collections.abc import Callable, Iterable

import aiohttp
from pydantic import BaseModel, ValidationError

from hub.errors import ModelError

ADDRESS = "http://127.0.0.1:11434"
PROBE_LIMIT_S = 0.3
ANSWER_LIMIT_BYTES = 1 << 20
MAX_PARTS = 1000
"""Of one model; it has about five."""
PULL_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120)
"""Real time, as `probe`; the server tells of its progress several times a second."""

GOOD_FOR_A_TOY = ("llama3.2", "gemma3", "qwen2.5", "llama3.1", "mistral", "phi")
"""Families in order of preference: they answer in short plain sentences, at once."""


class _Model(BaseModel):
    name: str


class _Tags(BaseModel):
    models: list[_Model] = []


class _Pulled(BaseModel):
    """One step of a pull."""

    status: str = ""
    digest: str = ""
    total: int = 0
    completed: int = 0
    error: str = ""


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


async def pull(name: str, progress: Callable[[int, int], None], address: str = ADDRESS) -> None:
    """Have the server at `address` fetch a model; `progress` gets bytes done and in all. Raises ModelError.

    A pull that is cut goes on where it was when it is asked for again: the server keeps what it has.
    """
    parts: dict[str, tuple[int, int]] = {}
    try:
        async with (
            aiohttp.ClientSession(timeout=PULL_TIMEOUT) as session,
            session.post(
                f"{address}/api/pull", json={"model": name, "stream": True}, allow_redirects=False
            ) as answer,
        ):
            if answer.status != 200:
                raise ModelError(f"Ollama answered {answer.status} when asked for {name}")
            async for line in answer.content:
                step = _Pulled.model_validate_json(line)
                if step.error:
                    raise ModelError(f"Ollama can't fetch {name}: {step.error[:200]}")
                if step.digest and step.total and len(parts) < MAX_PARTS:
                    parts[step.digest] = (min(step.completed, step.total), step.total)
                    progress(
                        sum(done for done, _ in parts.values()), sum(t for _, t in parts.values())
                    )
                if step.status == "success":
                    return
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise ModelError(f"Ollama broke off while it fetched {name}; try again") from error
    raise ModelError(f"Ollama broke off while it fetched {name}; try again")


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
