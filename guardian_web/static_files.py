"""Scripts, styles and pictures: what pages share, and the files beside each feature's views.

All of them are served from one folder whose name is a hash of them all, so that a browser may keep each for a
year and fetches it anew only when something changed; within it a script imports another as `./name.js`. They are
read and compressed once, at the start. Without the hash, as the service worker asks for them, nothing is kept.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

HERE = Path(__file__).parent
A_YEAR_S: Final = 365 * 24 * 3600
HASH_CHARS: Final = 16
"""64 bits: two sets of files that share them will not come up."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    content_type: str
    body: bytes
    compressed: bytes | None
    """None where compressing saves nothing, as with pictures."""


@dataclass(frozen=True, slots=True)
class StaticFiles:
    version: str
    """A hash of all of them."""
    by_name: Mapping[str, StaticFile]

    @property
    def folder(self) -> str:
        """The address that they lie below, for the templates."""
        return f"/static/{self.version}"


@cache
def static_files() -> StaticFiles:
    """Blocks at the first call, which belongs into a thread."""
    paths = sorted(HERE.glob("**/static/*"), key=lambda path: path.name)
    files = {path.name: _read(path) for path in paths}
    whole = hashlib.sha256()
    for name, file in files.items():
        whole.update(f"{name}\0{len(file.body)}\0".encode())
        whole.update(file.body)
    return StaticFiles(whole.hexdigest()[:HASH_CHARS], files)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    compressed = gzip.compress(body, mtime=0)
    kind, _ = mimetypes.guess_type(path.name)
    return StaticFile(
        kind or "application/octet-stream",
        body,
        compressed if len(compressed) < len(body) else None,
    )


async def show(request: web.Request) -> web.Response:
    """`/static/HASH/NAME` is kept for a year, `/static/NAME` and the worker's own `/sw.js` not at all."""
    files = static_files()
    version = request.match_info.get("version")
    file = files.by_name.get(request.match_info.get("name", "sw.js"))
    if file is None or version not in {None, files.version}:
        raise web.HTTPNotFound
    keep = f"public, max-age={A_YEAR_S}, immutable" if version else "no-store"
    headers = {hdrs.CONTENT_TYPE: file.content_type, hdrs.CACHE_CONTROL: keep}
    if file.compressed is None:
        return web.Response(body=file.body, headers=headers)
    headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    if "gzip" not in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        return web.Response(body=file.body, headers=headers)
    return web.Response(body=file.compressed, headers=headers | {hdrs.CONTENT_ENCODING: "gzip"})
