"""The Guardian pages of a family with 200,000 turns: each page and a search, open pages beside a turn, and deleting.

Held: each page below 100 KB and 100 ms at the server, a search below 100 ms, 50 open live pages add nothing
measurable to a turn, and of 1,000 strings that were deleted none is in any file of the data folder. See
docs/measuring.md.
"""

import asyncio
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table
from yarl import URL

from bench.hostile.home import free_port
from bench.household import years
from bench.household.live_pages import open_pages
from bench.satellites.process import cpu_s
from hub.cli.client import HubClient, running_hub

TIMES = 200_000
"""Turns."""
ASKED = 15
"""Times, for each page."""
OPEN_PAGES = 50
PLANTED = 1000
ROUNDS = 6
TURNS = 8
"""Of a toy in each round, with open pages and then as many without."""
BETWEEN_TURNS_S = 0.5
"""In which open pages are told the rest of a turn."""
MAX_PAGE_BYTES = 100_000
MAX_PAGE_MS = 100.0
STARTS_S = 300.0
ERASES_S = 900.0
ENDING = "qzxjvkqzx"
"""Of each string that is planted."""
READ_BYTES = 1 << 24
PASSWORD = "blue horse battery"
EMBEDDED = {
    "POMMAI_STT__USE": "sphinx",
    "POMMAI_LLM__USE": "storyteller",
    "POMMAI_TTS__USE": "espeak",
}
Row = dict[str, object]


class Pages:
    """A signed-in browser, as far as HTTP goes."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def get(self, path: str) -> tuple[str, float]:
        """The page, and the milliseconds until the last of it was here."""
        began = time.perf_counter()
        async with self._session.get(self.url + path) as answer:
            text = await answer.text()
            assert answer.status == 200, f"{path}: {answer.status}"
        return text, 1000 * (time.perf_counter() - began)

    async def send(self, page: str, path: str, **fields: str) -> None:
        html, _ = await self.get(page)
        found = re.search(r'name="csrf" value="(\w+)"', html)
        assert found
        async with self._session.post(
            self.url + path,
            data={"csrf": found[1], **fields},
            headers={"Origin": self.url.rstrip("/")},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 303, await answer.text()

    @asynccontextmanager
    async def open_live(self, count: int) -> AsyncIterator[None]:
        """So many pages that show what is said as it is said, and are read by another process."""
        home, _ = await self.get("")
        revision = _first(r'data-revision="(\d+)"', home)
        cookies = self._session.cookie_jar.filter_cookies(URL(self.url))
        cookie = "; ".join(f"{each.key}={each.value}" for each in cookies.values())
        async with open_pages(f"{self.url}events?show=home&since={revision}", cookie, count):
            yield


async def run(console: Console, times: int = TIMES) -> Row:
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as name:
        folder = Path(name)
        planted = _strings(PLANTED)
        with console.status(f"a family with {times} turns is made up"):
            await years.make(folder, times)
            await years.plant(folder, planted)
        async with _hub(folder) as (pages, hub, pid):
            rows = await _all_pages(pages, pid)
            console.print(_table(rows, f"Pages of a family with {times} turns"))
            beside = await _turns_beside(pages, hub, pid)
            console.print(_table(beside, "A turn beside open pages"))
            kept = await _deleted(pages, folder, planted)
    console.print(kept)
    return {"turns": times, "pages": rows, "beside": beside, **kept}


def _table(rows: Sequence[Row], title: str) -> Table:
    table = Table(title=title)
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="left" if column == "page" else "right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    return table


async def _all_pages(pages: Pages, pid: int) -> list[Row]:
    talks, _ = await pages.get("talks")
    talk = _first(r'href="/(talks/[0-9a-f]{32})"', talks)
    turn = _first(r'href="/(turns/[0-9a-f]{32})"', (await pages.get(talk))[0])
    toy = _first(r'<option value="([0-9a-f]{32})"', talks)
    older = _first(r'class="button" href="/(talks\?[^"]*before=[^"]*)"', talks).replace(
        "&amp;", "&"
    )
    paths = {
        "home": "",
        "talks": "talks",
        "talks, older": older,
        "talks of a toy": f"talks?toy={toy}",
        "talks of a day": f"talks?day={time.strftime('%Y-%m-%d', time.gmtime(time.time() - 40 * 86400))}",
        "search: a common word": "talks?q=dog",
        "search: the beginning of words": "talks?q=do",
        "search: three words": "talks?q=dog+moon+sea",
        "search: a rare word": "talks?q=fist",
        "search: nothing like that": "talks?q=xylophone",
        "search: a common word of a toy": f"talks?q=the&toy={toy}",
        "search: redirected": "talks?only=refused",
        "search: a word, redirected": "talks?q=star&only=refused",
        "search: bookmarked": "talks?only=bookmarked",
        "a talk": talk,
        "a turn": turn,
        "keep, save, delete": "talks/kept",
        "alerts": "alerts",
        "all alerts": "alerts?show=all",
        "toys": "toys",
        "a toy": f"toys/{toy}",
        "children": "children",
        "household": "household",
        "who is told": "household/adults",
        "costs": "household/costs",
        "people": "people",
        "audit log": "people/log",
        "what toys know": "knowledge",
        "week in figures": "insight",
        "minutes of a toy": f"toys/{toy}/limits",
        "first hour": "start",
        "privacy": "privacy",
    }
    return [await _page(pages, name, path, pid) for name, path in paths.items()]


async def _page(pages: Pages, name: str, path: str, pid: int) -> Row:
    """How long it takes, how much of that the hub's own process works, and how large it is."""
    took, worked = [], []
    for _ in range(ASKED):
        began = cpu_s(pid)
        html, ms = await pages.get(path)
        took.append(ms)
        worked.append(1000 * (cpu_s(pid) - began))
    size = len(html.encode())
    p95 = sorted(took)[int(0.95 * ASKED)]
    return {
        "page": name,
        "first_ms": round(took[0], 1),
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(p95, 1),
        "first_works_ms": round(worked[0], 1),
        "works_p50_ms": round(statistics.median(worked), 1),
        "kb": round(size / 1000, 1),
        "held": size < MAX_PAGE_BYTES and p95 < MAX_PAGE_MS,
    }


def _first(pattern: str, html: str) -> str:
    found = re.search(pattern, html)
    assert found, pattern
    return found[1]


async def _turns_beside(pages: Pages, hub: HubClient, pid: int) -> Sequence[Row]:
    """How long a toy's turn takes, and how long the hub works for it, with no page open and with many, by turns."""
    took: dict[int, list[float]] = {0: [], OPEN_PAGES: []}
    worked: dict[int, list[float]] = {0: [], OPEN_PAGES: []}
    for _ in range(ROUNDS):
        for count in took:
            async with pages.open_live(count):
                await _turn_ms(hub)
                for _ in range(TURNS):
                    began = cpu_s(pid)
                    took[count].append(await _turn_ms(hub))
                    await asyncio.sleep(BETWEEN_TURNS_S)
                    worked[count].append(1000 * (cpu_s(pid) - began))
    return [
        {
            "open_pages": count,
            "turns": len(took[count]),
            **_spread("first_sound_ms", took[count]),
            **_spread("hub_works_ms", worked[count]),
        }
        for count in took
    ]


def _spread(name: str, values: Sequence[float]) -> Row:
    """Half of the values lie between the first and the last of the three."""
    quarters = statistics.quantiles(values, n=4)
    return {
        f"{name}_p{p}": round(value, 1) for p, value in zip((25, 50, 75), quarters, strict=True)
    }


async def _turn_ms(hub: HubClient) -> float:
    """From the words to the first sound, by the hub's clock: a program's request waits up to 50 ms before it is one."""
    [*_, last] = [
        event
        async for event in hub.lines("POST", "/turns", toy="Zebra", text="Why is the sky blue?")
    ]
    return float(last["outcome"]["timings_ms"]["first_audio"])


async def _deleted(pages: Pages, folder: Path, planted: Sequence[str]) -> Row:
    """Delete the day on which they were said, wait until it is erased, and read every file."""
    there = _found(folder)
    day = time.strftime("%Y-%m-%d")
    began = time.monotonic()
    await pages.send("talks/kept", "talks/delete", scope="day", which=day)
    hidden_s = time.monotonic() - began
    while "Deleted just now" in (await pages.get("talks/kept"))[0]:
        await asyncio.sleep(1.0)
    erasing = time.monotonic()
    slowest = 0.0
    while "Nothing yet." in (await pages.get("talks/kept"))[0]:
        slowest = max(slowest, (await pages.get("talks?q=dog"))[1])
        assert time.monotonic() - erasing < ERASES_S
    erased_s = time.monotonic() - erasing
    left = _found(folder)
    return {
        "planted": len(planted),
        "found_before": there,
        "found_after": left,
        "hidden_after_s": round(hidden_s, 2),
        "erased_in_s": round(erased_s, 1),
        "slowest_search_meanwhile_ms": round(slowest, 1),
    }


def _found(folder: Path) -> int:
    """How many planted strings stand in any file, parts of them too.

    An index shortens words by what the one before begins with, so that what they all end with is looked for.
    """
    found: set[bytes] = set()
    for file in folder.rglob("*"):
        if file.is_file():
            found |= set(_in(file))
    return len(found)


def _in(file: Path) -> Iterator[bytes]:
    """By the letters before their end, as far as these are there."""
    before = b""
    with file.open("rb") as content:
        while piece := content.read(READ_BYTES):
            yield from re.findall(rb"[a-z]{0,10}" + ENDING.encode(), before + piece)
            before = piece[-len(ENDING) - 10 :]


def _strings(count: int) -> list[str]:
    chance = random.Random(time.time_ns())
    return ["".join(chance.choices("bcdfghjklmnpqrstvwxz", k=10)) + ENDING for _ in range(count)]


@asynccontextmanager
async def _hub(folder: Path) -> AsyncIterator[tuple[Pages, HubClient, int]]:
    """Its pages, its socket for commands, and its process."""
    port, log = free_port(), folder.with_suffix(".log")
    command = [sys.executable, "-m", "hub", "run", "--data", str(folder), "--port", str(port)]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command, env=os.environ | EMBEDDED | {"COLUMNS": "200"}, stdout=lines, stderr=lines
        )
    try:
        async with AsyncExitStack() as stack:
            jar = aiohttp.CookieJar(unsafe=True)
            connector = aiohttp.TCPConnector(limit=0)
            session = await stack.enter_async_context(
                aiohttp.ClientSession(cookie_jar=jar, connector=connector)
            )
            pages = Pages(session, f"http://127.0.0.1:{port}/")
            code = await _code(log)
            await pages.send("setup", "setup", code=code, password=PASSWORD, repeated=PASSWORD)
            async with asyncio.timeout(STARTS_S):
                while (hub := await stack.enter_async_context(running_hub(folder))) is None:
                    await asyncio.sleep(0.2)
            yield pages, hub, process.pid
    finally:
        process.terminate()
        process.wait()
        log.unlink(missing_ok=True)


async def _code(log: Path) -> str:
    async with asyncio.timeout(STARTS_S):
        while not (found := re.search(r"choose a password there: (\S+)", log.read_text("utf-8"))):
            await asyncio.sleep(0.2)
    return found[1]
