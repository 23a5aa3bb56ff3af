"""Files that come with a form, at every route that takes any: who may send, how many, how large and how long."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from yarl import URL

from guardian_web.backups.bring_back import BACKUP, MAX_UPLOAD_S
from guardian_web.gate import FORM_WAIT_S
from guardian_web.routes import ROUTES
from guardian_web.upload import (
    MAX_FIELD_BYTES,
    MAX_PARTS,
    READS_FORM,
    TAKES_FILES,
    UPLOAD_WAIT_S,
)
from hub.core.toys.voices import MAX_RECORDING_BYTES, MAX_RECORDINGS
from hub.domain.family.people import Role
from tests.guardian.conftest import Browser, Site, path_of_toy


def named(beginning: str) -> list[str]:
    """The paths of the routes whose name begins so."""
    routes = [route for route in ROUTES if isinstance(route, web.RouteDef)]
    return [one.path for one in routes if (one.kwargs.get("name") or "").startswith(beginning)]


INTO_MEMORY = named(TAKES_FILES)
ONTO_THE_DISK = named(READS_FORM)
BOUNDARY = "x" * 20


def part(name: str, content: bytes, filename: str = "") -> bytes:
    called = f'; filename="{filename}"' if filename else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
FILE = part("file", b"hello", "one.txt")
TOO_MUCH = {
    "a file that is too large": (
        part("file", bytes(MAX_RECORDING_BYTES + 1), "one.txt") + END,
        413,
        "files of at most 10 MB each",
    ),
    "too many files": (FILE * (MAX_RECORDINGS + 1) + END, 413, "at most 3 files"),
    "too many fields": (part("name", b"") * (MAX_PARTS + 1) + END, 400, "not a form"),
    "too long a field": (part("name", b"x" * (MAX_FIELD_BYTES + 1)) + END, 400, "not a form"),
    "a part without a name": (FILE.replace(b'name="file"; ', b"") + END, 400, "not a form"),
    "half a file": (FILE[:-4], 400, "in one piece"),
    "no text": (part("name", b"\xff") + END, 400, "in one piece"),
}


async def csrf_of(browser: Browser, page: str) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', await browser.see(page))
    assert found
    return found[1]


def kept(site: Site) -> set[str]:
    folder = site.home.store.database.folder
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@asynccontextmanager
async def sending(
    browser: Browser, path: str, begun: bytes = b"", announced_bytes: int = 10**9
) -> AsyncIterator[asyncio.Task[bytes]]:
    """Of a form whose body goes no further; gives what the hub answers."""
    host = browser.origin.removeprefix("http://")
    cookies = browser.session.cookie_jar.filter_cookies(URL(browser.origin))
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: {browser.origin}\r\n"
        f"Cookie: {'; '.join(f'{one.key}={one.value}' for one in cookies.values())}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {announced_bytes}\r\n\r\n"
    )
    writer.write(head.encode() + begun)
    answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    yield answer
    answer.cancel()
    writer.close()


async def given_up(site: Site, answer: asyncio.Task[bytes], after_s: float) -> None:
    """The form is, then and not before."""
    while not site.clock.falls_due(after_s):
        await asyncio.sleep(0.01)
    await site.clock.advance(after_s - 1)
    assert not answer.done()
    await site.clock.advance(1)
    assert b" 408 " in await answer


@pytest.mark.parametrize("path", INTO_MEMORY)
async def test_nothing_is_read_of_who_may_not_send_it(site: Site, path: str) -> None:
    await site.guardian()
    for browser, told in (
        (await site.browser(), b" 303 "),
        (await site.guardian_with(Role.VIEWER), b" 403 "),
    ):
        async with sending(browser, path.format(toy="x")) as answer:
            assert told in await answer


@pytest.mark.parametrize("path", INTO_MEMORY)
async def test_too_much_is_told_and_leaves_nothing(site: Site, path: str) -> None:
    browser = await site.guardian()
    path = path.format(toy=(await path_of_toy(site)).rpartition("/")[2])
    csrf, before = part("csrf", (await csrf_of(browser, "/")).encode()), kept(site)
    async with sending(browser, path, csrf + FILE) as answer:
        await given_up(site, answer, UPLOAD_WAIT_S)
    bombs = {
        f"{what}, packed": (gzip.compress(body), status, why)
        for what, (body, status, why) in TOO_MUCH.items()
        if status == 413
    }
    for what, (body, status, why) in {**TOO_MUCH, **bombs}.items():
        packed = {"Content-Encoding": "gzip"} if what in bombs else {}
        told = await browser.session.post(
            browser.origin + path,
            data=body if packed else csrf + body,
            headers={
                "Origin": browser.origin,
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                **packed,
            },
        )
        assert (told.status, why in await told.text()) == (status, True), what
    assert kept(site) == before
    assert len(await site.home.toys.list()) == 1
    assert not await site.home.knowledge.list()


@pytest.mark.parametrize("path", ONTO_THE_DISK)
async def test_a_backup_comes_only_with_the_code_within_its_time_and_where_it_fits(
    site: Site, path: str
) -> None:
    browser = await site.browser()
    csrf, before = part("csrf", (await csrf_of(browser, path)).encode()), kept(site)
    code, wrong = part("code", site.code.text.encode()), part("code", b"ABCD-EFGH")
    file = part("file", bytes(10_000), "pommai.age")[:-2]
    async with sending(browser, path, csrf) as answer:
        await given_up(site, answer, FORM_WAIT_S)
    async with sending(browser, path, csrf + code + file) as answer:
        while not any(name.endswith(BACKUP) for name in kept(site)):
            await asyncio.sleep(0.01)
        await given_up(site, answer, MAX_UPLOAD_S)
    for fields, told in ((csrf + wrong, b" 409 "), (csrf + code, b" 413 "), (wrong, b" 403 ")):
        async with sending(browser, path, fields + file, 10**13) as answer:
            assert told in await answer
    assert kept(site) == before
