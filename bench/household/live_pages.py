"""Pages that are open and only looked at: another process, as phones are, reads what the hub sends and drops it.

async with open_pages("http://127.0.0.1:8770/events?show=home", "session=…", 50): ...
"""

import asyncio
import selectors
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

READ_BYTES = 1 << 16
OPENS_S = 120.0


@asynccontextmanager
async def open_pages(url: str, cookie: str, count: int) -> AsyncIterator[None]:
    """So many, each of which has been told what there was when it opened."""
    if not count:
        yield
        return
    command = ("-m", __name__, url, cookie, str(count))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(OPENS_S):
            assert await process.stdout.readline(), "a page could not be opened"
        yield
        assert process.returncode is None, "a page was closed"
    finally:
        process.kill()
        await process.wait()


def main(address: str, cookie: str, count: int) -> None:
    url = URL(address)
    lines = (f"GET {url.raw_path_qs} HTTP/1.1", f"Host: {url.authority}", f"Cookie: {cookie}")
    request = "\r\n".join((*lines, "", "")).encode()
    with selectors.DefaultSelector() as selector:
        for _ in range(count):
            page = socket.create_connection((url.host, url.port))
            selector.register(page, selectors.EVENT_READ, page)
            page.sendall(request)
            assert page.recv(READ_BYTES).startswith(b"HTTP/1.1 200 ")
        print("open", flush=True)
        while True:
            for key, _events in selector.select():
                assert key.data.recv(READ_BYTES), "the hub closed a page"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
