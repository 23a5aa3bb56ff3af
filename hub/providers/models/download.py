"""Fetches a model's files through `huggingface_hub`; adds bounds, a check of what came, and going on another day.

Slow to import: `hub.providers.models.models` does so when a model is fetched.
"""

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

os.environ["HF_HUB_DISABLE_XET"] = (
    "1"  # its transfers go to other servers than the one that was set
)
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.tqdm import tqdm

from hub.domain.clock import Clock
from hub.errors import DataError, DiskFullError, ModelError, PommaiError
from hub.providers.models.pins import sha256_of

MAX_FILE_BYTES = 4_000_000_000
MAX_FILES = 10_000
MAX_TRIES = 4
HEADERS = {"User-Agent": "pommai", "Accept-Encoding": "identity"}
"""Without a token. A file as it is, not packed on the way: sizes and ranges then mean its own bytes."""
RETRY_STATUS = frozenset({408, 429, 500, 502, 503, 504})

T = TypeVar("T")


class ModelServer:
    """The server at `address`, which speaks the Hugging Face Hub's API. No token is sent."""

    def __init__(self, address: str, clock: Clock) -> None:
        self._address = address.rstrip("/")
        self._clock = clock
        self._api = HfApi(self._address, token=False)

    async def files(self, repo: str, folder: str, revision: str) -> tuple[str, list[RepoFile]]:
        """The commit that `revision` stands for, and the files directly in `folder` at it."""

        def ask() -> tuple[str, list[RepoFile]]:
            commit = self._api.repo_info(repo, revision=revision).sha or ""
            files: list[RepoFile] = []
            for entry in self._api.list_repo_tree(repo, folder or None, revision=commit):
                if len(files) >= MAX_FILES:
                    raise ModelError(f"{self._address}: the listing of {repo} is too long")
                if isinstance(entry, RepoFile):
                    files.append(entry)
            return commit, files

        return await self._tried(ask, lambda: 0)

    async def fetch(
        self, repo: str, commit: str, file: RepoFile, folder: Path, progress: Callable[[int], None]
    ) -> None:
        """Brings `file` whole and checked into `folder`, from where an earlier try stopped."""
        done, part = folder / Path(file.path).name, _part(file, folder)
        url = hf_hub_url(repo, file.path, revision=commit, endpoint=self._address)
        given_up = threading.Event()
        bar = _bar(file, progress, given_up)

        def bring() -> None:
            if done.is_file():
                return
            with part.open("ab") as out:
                http_get(
                    url,
                    out,
                    resume_size=out.tell(),
                    headers=HEADERS,
                    expected_size=file.size,
                    tqdm_class=bar,
                )
                os.fsync(out.fileno())
            if not _matches(file, part):
                part.unlink()
                raise ModelError(
                    f"{done.name} came damaged from {self._address}: its checksum differs; "
                    "it was thrown away, nothing changed; try again"
                )
            part.replace(done)

        if not 0 <= file.size <= MAX_FILE_BYTES:
            raise ModelError(f"{file.path}: no model is that big; nothing changed")
        try:
            await self._tried(bring, lambda: bytes_of(file, folder))
        finally:
            given_up.set()  # a thread can't be cancelled: it sees this with the next block
        progress(file.size)

    async def _tried(self, ask: Callable[[], T], kept_bytes: Callable[[], int]) -> T:
        """What `ask` gives in a thread, tried again while the server has trouble; all else is a ModelError.

        `kept_bytes` tells how much of it will not have to be fetched again.
        """
        for attempt in range(MAX_TRIES):
            try:
                return await asyncio.to_thread(ask)
            except PommaiError:
                raise
            except HfHubHTTPError as error:
                status = error.response.status_code
                if status not in RETRY_STATUS:
                    raise self._refused(status, str(error.response.url)) from error
                problem, cause = f"the server answered {status}", error
            except OSError as error:
                if error.errno:
                    raise  # of the disk
                raise self._unreachable(_reason(error), kept_bytes()) from error
            except Exception as error:  # of the HTTP client, which differs between its versions
                raise self._unreachable(_reason(error), kept_bytes()) from error
            if attempt < MAX_TRIES - 1:
                await self._clock.sleep(2 ** (attempt + 1))
        raise self._unreachable(problem, kept_bytes()) from cause

    def _refused(self, status: int, url: str) -> ModelError:
        if status == 404:
            return ModelError(f"{url} isn't there (404); nothing changed; try another model")
        return ModelError(f"{url} answered {status}; nothing changed; try again later")

    def _unreachable(self, reason: str, kept_bytes: int) -> ModelError:
        kept = f"{kept_bytes / 1e6:.0f} MB are kept" if kept_bytes else "nothing changed"
        return ModelError(
            f"can't reach the model server {self._address}: {reason}; {kept}; "
            "try again with a connection"
        )


def _bar(file: RepoFile, progress: Callable[[int], None], given_up: threading.Event) -> type[tqdm]:
    """What `huggingface_hub` takes for a progress bar: passes on how far it is, and ends what has no end."""

    class Bar(tqdm):
        def __init__(self, *_: object, initial: int = 0, **__: object) -> None:
            super().__init__(disable=True)  # type: ignore[no-untyped-call]
            self._done = initial

        def update(self, n: float | None = 1) -> None:
            self._done += int(n or 0)
            if given_up.is_set():
                raise ModelError(f"{file.path}: given up")
            if self._done > file.size:
                raise ModelError(
                    f"{file.path}: the server sends more than it promised; nothing changed; "
                    "try again later"
                )
            progress(self._done)

    return Bar


def _matches(file: RepoFile, path: Path) -> bool:
    """By the SHA-256 of a large file; for a small one git's blob id: SHA-1 of "blob", the size and the content."""
    if file.lfs:
        return sha256_of(path) == file.lfs.sha256
    blob = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: blob).hexdigest() == file.blob_id


def _part(file: RepoFile, folder: Path) -> Path:
    """The unfinished download; named by its checksum, so that only the same content is resumed."""
    digest = file.lfs.sha256 if file.lfs else file.blob_id
    return folder / f"{Path(file.path).name}.{digest[:16]}.part"


def bytes_of(file: RepoFile, folder: Path) -> int:
    """What is there already of a file."""
    there = (folder / Path(file.path).name, _part(file, folder))
    return sum(path.stat().st_size for path in there if path.is_file())


def disk_error(error: OSError, data: Path) -> DataError:
    """The one line for what the disk refused."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"the disk of {data} is full; free some space and run it again")
    return DataError(f"can't write {error.filename or data}: {error.strerror or error}")


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
