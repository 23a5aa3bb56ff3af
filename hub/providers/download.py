"""Fetches a model's files from a server that speaks the Hugging Face Hub's API: with resume and checksums."""

import asyncio
import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from hub.domain.clock import Clock
from hub.errors import DataError, DiskFullError, ModelError

MAX_FILE_BYTES = 4_000_000_000
MAX_LISTING_BYTES = 4_000_000
BLOCK_BYTES = 1 << 20
FRUITLESS_TRIES = 4
"""Connections in a row that may break without bringing a byte."""
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)
_RETRY_STATUS = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as the server describes it."""

    path: str
    size: int
    sha256: str
    """Of its content; "" for a small file, which is checked by `git_oid`."""
    git_oid: str
    """Git's blob id: SHA-1 of "blob", the size and the content."""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def part(self, folder: Path) -> Path:
        """The unfinished download; named by its checksum, so that only the same content is resumed."""
        return folder / f"{self.name}.{(self.sha256 or self.git_oid)[:16]}.part"

    def bytes_in(self, folder: Path) -> int:
        """What is there already."""
        return min(self.size, max(_size(folder / self.name), _size(self.part(folder))))

    def matches(self, path: Path) -> bool:
        digest = hashlib.sha256() if self.sha256 else hashlib.sha1(usedforsecurity=False)
        if not self.sha256:
            digest.update(b"blob %d\0" % self.size)
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
        return digest.hexdigest() == (self.sha256 or self.git_oid)


class _Lfs(BaseModel):
    oid: str = Field(pattern=r"^[0-9a-f]{64}$")


class _Entry(BaseModel):
    type: str
    path: str
    oid: str = Field(pattern=r"^[0-9a-f]{40}$")
    size: int = Field(0, ge=0, le=MAX_FILE_BYTES)
    lfs: _Lfs | None = None


class _Revision(BaseModel):
    sha: str = Field(pattern=r"^[0-9a-f]{40}$")


class _BrokenError(Exception):
    """The connection broke, or the server asked to try again."""


class ModelServer:
    """One connection to the server at `address`; use it as an async context."""

    def __init__(self, address: str, clock: Clock) -> None:
        self._address = address.rstrip("/")
        self._clock = clock

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def files(self, repo: str, folder: str) -> tuple[str, list[RemoteFile]]:
        """The newest commit, and the files directly in `folder` at it."""
        try:
            revision = _Revision.model_validate_json(
                await self._get_json(f"/api/models/{repo}/revision/main")
            )
            where = f"/{quote(folder)}" if folder else ""
            entries = TypeAdapter(list[_Entry]).validate_json(
                await self._get_json(f"/api/models/{repo}/tree/{revision.sha}{where}")
            )
        except ValidationError as error:
            raise ModelError(
                f"{self._address} doesn't answer like a model server; nothing changed; "
                "check HF_ENDPOINT"
            ) from error
        return revision.sha, [
            RemoteFile(entry.path, entry.size, entry.lfs.oid if entry.lfs else "", entry.oid)
            for entry in entries
            if entry.type == "file"
        ]

    async def fetch(
        self,
        repo: str,
        commit: str,
        file: RemoteFile,
        folder: Path,
        progress: Callable[[int], None],
    ) -> None:
        """Brings `file` whole and checked into `folder`, from where an earlier try stopped."""
        done, part = folder / file.name, file.part(folder)
        if not done.is_file():
            url = f"{self._address}/{repo}/resolve/{commit}/{quote(file.path)}"
            await self._bring(url, file, part, progress)
            if not await asyncio.to_thread(file.matches, part):
                part.unlink()
                raise ModelError(
                    f"{file.name} came damaged from {self._address}: its checksum differs; "
                    "it was thrown away, nothing changed; try again"
                )
            part.replace(done)
        progress(file.size)

    async def _bring(
        self, url: str, file: RemoteFile, part: Path, progress: Callable[[int], None]
    ) -> None:
        fruitless = 0
        while True:
            have = _size(part)
            if have == file.size > 0:
                return
            try:
                await self._append(url, file, part, have if have < file.size else 0, progress)
            except _BrokenError as broken:
                fruitless = 0 if _size(part) > have else fruitless + 1
                if fruitless >= FRUITLESS_TRIES:
                    raise self._unreachable(str(broken), _size(part)) from broken
                await self._clock.sleep(2**fruitless)
            else:
                return

    async def _append(
        self, url: str, file: RemoteFile, part: Path, have: int, progress: Callable[[int], None]
    ) -> None:
        """One connection's worth of `file`, from byte `have` on. Raises _BrokenError if cut."""
        # The file as it is, not compressed on the way: sizes and ranges then mean its own bytes.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        try:
            async with self._session.get(url, headers=headers) as answer:
                self._check_status(answer)
                if have and answer.status != 206:
                    have = 0  # the server can't resume
                await self._write(answer, file, part, have, progress)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _BrokenError(_reason(error)) from error

    async def _write(
        self,
        answer: aiohttp.ClientResponse,
        file: RemoteFile,
        part: Path,
        have: int,
        progress: Callable[[int], None],
    ) -> None:
        with part.open("ab" if have else "wb") as out:
            try:
                async for block in answer.content.iter_chunked(BLOCK_BYTES):
                    have += len(block)
                    if have > file.size:
                        raise ModelError(
                            f"{file.name}: {self._address} sends more than it promised; "
                            "nothing changed; try again later"
                        )
                    await asyncio.to_thread(out.write, block)
                    progress(have)
            finally:
                out.flush()
                await asyncio.to_thread(os.fsync, out.fileno())
        if have < file.size:
            raise _BrokenError("the connection was cut")

    async def _get_json(self, path: str) -> bytes:
        for attempt in range(FRUITLESS_TRIES):
            try:
                async with self._session.get(self._address + path) as answer:
                    self._check_status(answer)
                    body = await answer.content.read(MAX_LISTING_BYTES)
                    if not answer.content.at_eof():
                        raise ModelError(f"{self._address}{path}: the listing is too long")
                    return body
            except (aiohttp.ClientError, TimeoutError, _BrokenError) as error:
                if (
                    isinstance(error, aiohttp.ClientConnectorError)
                    or attempt == FRUITLESS_TRIES - 1
                ):
                    raise self._unreachable(_reason(error), 0) from error
                await self._clock.sleep(2**attempt)
        raise AssertionError("unreachable")

    def _check_status(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status in _RETRY_STATUS:
            raise _BrokenError(f"the server answered {answer.status}")
        if answer.status == 404:
            raise ModelError(f"{answer.url} isn't there (404); nothing changed; try another model")
        if answer.status not in (200, 206):
            raise ModelError(
                f"{answer.url} answered {answer.status}; nothing changed; try again later"
            )

    def _unreachable(self, reason: str, kept_bytes: int) -> ModelError:
        kept = f"{kept_bytes / 1e6:.0f} MB are kept" if kept_bytes else "nothing changed"
        return ModelError(
            f"can't reach the model server {self._address}: {reason}; {kept}; "
            "try again with a connection"
        )


def disk_error(error: OSError, data: Path) -> DataError:
    """The one line for what the disk refused."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"the disk of {data} is full; free some space and run it again")
    return DataError(f"can't write {error.filename or data}: {error.strerror or error}")


def _size(path: Path) -> int:
    """Bytes in a file; 0 where there is none."""
    return path.stat().st_size if path.is_file() else 0


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
