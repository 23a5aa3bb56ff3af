"""A stranger as a program: so many connections at once, each made anew as soon as it is over, as fast as they go.

    python -m bench.hostile.attacker --kind nonsense --speaks http --port 8770 --connections 16 [--times 10000]

It runs until it is killed, or has made `--times` connections, and tells at its end how many there were, as JSON. It
is nice to what shares its core, so that it takes only what the measured turns leave of it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvloop

from bench.hostile.kinds import ANSWER_S, Kind, anybody, kinds
from bench.hostile.ports import Port

NICE = 19
REFUSED_S = 0.001
READ_BYTES = 65_536
HANDSHAKE_S = 5.0
NOTHING = '{"made": 0, "refused": 0, "sent_bytes": 0, "seconds": 1}'
"""Of one that was ended before it began."""


@dataclass
class Count:
    made: int = 0
    refused: int = 0
    sent_bytes: int = 0


class Stranger:
    def __init__(self, port: Port, kind: Kind, times: int) -> None:
        self._port = port
        self._kind = kind
        self._left = times
        self._tls = anybody() if port.tls and kind.shakes_hands else None
        self.count = Count()

    async def knock(self) -> None:
        """One connection after the other."""
        while self._left:
            self._left -= 1
            try:
                async with asyncio.timeout(HANDSHAKE_S):
                    reader, writer = await self._connect()
            except (OSError, ssl.SSLError):
                self.count.refused += 1
                await asyncio.sleep(REFUSED_S)
                continue
            self.count.made += 1
            try:
                await self._speak(reader, writer)
            except (OSError, RuntimeError):  # closed by the other side, or TimeoutError
                pass
            finally:
                writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._port.path:
            return await asyncio.open_unix_connection(self._port.path)
        return await asyncio.open_connection("127.0.0.1", self._port.number, ssl=self._tls)

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = self._kind
        while True:
            for piece in kind.pieces:
                writer.write(piece)
                self.count.sent_bytes += len(piece)
                async with asyncio.timeout(ANSWER_S):
                    await writer.drain()
                    if kind.again and not await reader.read(READ_BYTES):
                        return
                if kind.gap_s:
                    await asyncio.sleep(kind.gap_s)
            if not kind.again:
                break
        if kind.waits:
            async with asyncio.timeout(ANSWER_S):
                await reader.read(READ_BYTES)


async def attack(port: Port, kind: Kind, connections: int, times: int) -> Count:
    stranger = Stranger(port, kind, times)
    tasks = [asyncio.create_task(stranger.knock()) for _ in range(connections)]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    ended = asyncio.create_task(stop.wait())
    knocking = asyncio.gather(*tasks)
    await asyncio.wait({ended, knocking}, return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, ended):
        task.cancel()
    await asyncio.gather(knocking, ended, return_exceptions=True)
    return stranger.count


@asynccontextmanager
async def attacking(
    port: Port, kind: str, connections: int, times: int = -1
) -> AsyncIterator["Attack"]:
    """In a process of its own, while within."""
    command = [sys.executable, "-m", "bench.hostile.attacker", "--kind", kind]
    command += ["--speaks", port.speaks, "--connections", str(connections), "--times", str(times)]
    command += ["--path", port.path] if port.path else ["--port", str(port.number)]
    process = await asyncio.create_subprocess_exec(
        *command, *(["--tls"] if port.tls else []), stdout=asyncio.subprocess.PIPE
    )
    running = Attack(process)
    try:
        yield running
    finally:
        await running.end()


class Attack:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._told: dict[str, Any] | None = None

    async def over(self) -> dict[str, Any]:
        """Once it has made all its connections: how many, refused ones, bytes and seconds."""
        if self._told is None:
            told, _ = await self._process.communicate()
            self._told = json.loads(told or NOTHING)
        return self._told

    async def end(self) -> dict[str, Any]:
        with contextlib.suppress(ProcessLookupError):
            if self._process.returncode is None:
                self._process.terminate()
        return await self.over()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", required=True)
    parser.add_argument("--speaks", choices=("http", "wyoming"), required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--path", default="")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--times", type=int, default=-1)
    asked = parser.parse_args()
    os.nice(NICE)
    port = Port("", asked.speaks, asked.port, asked.path, asked.tls)
    kind = kinds(asked.speaks, tls=asked.tls)[asked.kind]
    began_s = time.monotonic()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        count = runner.run(attack(port, kind, asked.connections, asked.times))
    print(json.dumps({**vars(count), "seconds": round(time.monotonic() - began_s, 2)}))


if __name__ == "__main__":
    main()
