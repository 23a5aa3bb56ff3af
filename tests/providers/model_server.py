"""A Hugging Face Hub in small, on loopback: its API's answers, and the ways in which it can let one down."""

import hashlib
from dataclasses import dataclass, field

from aiohttp import web

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LFS_SUFFIXES = (".bin", ".onnx")


@dataclass
class ModelServerFake:
    """`files` is repository to path to content. `cuts` answers in a row end in the middle."""

    files: dict[str, dict[str, bytes]]
    commit: str = COMMIT
    """The newest."""
    earlier: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    """What there was, by commit."""
    cuts: int = 0
    status: int = 0
    """Answered to every download, if not 0."""
    damaged: bool = False
    can_resume: bool = True
    ranges: list[str] = field(default_factory=list)
    """The Range header of every download, "" where there was none."""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/models/{owner}/{name}/revision/{commit}", self.revision)
        app.router.add_get("/api/models/{owner}/{name}/tree/{commit}{folder:.*}", self.tree)
        app.router.add_get("/{owner}/{name}/resolve/{commit}/{path:.+}", self.resolve)
        app.router.add_get("/storage/{commit}/{owner}/{name}/{path:.+}", self.download)
        return app

    def _repo(self, request: web.Request) -> dict[str, bytes]:
        match = request.match_info
        there = self.earlier.get(match.get("commit", ""), self.files)
        files = there.get(f"{match['owner']}/{match['name']}")
        if files is None:
            raise web.HTTPNotFound
        return files

    async def revision(self, request: web.Request) -> web.Response:
        self._repo(request)
        asked = request.match_info["commit"]
        sha = self.commit if asked == "main" else asked
        return web.json_response({"sha": sha, "id": "x", "siblings": []})

    async def tree(self, request: web.Request) -> web.Response:
        folder = request.match_info["folder"].strip("/")
        entries: list[dict[str, object]] = [{"type": "directory", "oid": "0" * 40, "path": "more"}]
        for path, content in self._repo(request).items():
            if path.rpartition("/")[0] != folder:
                continue
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
            entry: dict[str, object] = {
                "type": "file",
                "path": path,
                "size": len(content),
                "oid": blob.hexdigest(),
            }
            if path.endswith(LFS_SUFFIXES):
                sha256 = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 134}
                entry["oid"] = "f" * 40  # of the pointer, not of the content
            entries.append(entry)
        return web.json_response(entries)

    async def resolve(self, request: web.Request) -> web.Response:
        match = request.match_info
        where = f"{match['commit']}/{match['owner']}/{match['name']}/{match['path']}"
        raise web.HTTPFound(f"/storage/{where}")

    async def download(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range", "")
        self.ranges.append(asked)
        if self.status:
            return web.Response(status=self.status)
        content = self._repo(request)[request.match_info["path"]]
        if self.damaged:
            content = bytes(len(content))
        start = 0
        if asked and self.can_resume:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        answer = web.StreamResponse(status=206 if start else 200)
        answer.content_length = len(content) - start
        await answer.prepare(request)
        if self.cuts and len(content) > 100:
            self.cuts -= 1
            await answer.write(content[start : (start + len(content)) // 2])
            assert request.transport is not None
            request.transport.close()
            return answer
        await answer.write(content[start:])
        return answer
