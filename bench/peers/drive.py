"""One peer under load: toys that speak in real time, and what each turn came to.

The end of speech is the moment when the last 20 ms frame with speech was sent; the peer answered when the
first message with sound in it came. The peer has one core to itself, toys and stubs the others.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path

import aiohttp
import numpy as np
import uvloop

from bench import cores, hub_adapter
from bench.peers.frameworks import FRAMEWORKS
from bench.peers.peer import HOST, Line, Peer
from bench.peers.results import Request, Run, Turn, quantile
from bench.peers.stubs import PRESETS, REPLY

OURS = hub_adapter.Peer.name
PEERS: dict[str, type[Peer]] = {**FRAMEWORKS, OURS: hub_adapter.Peer}

SPEECH = Path(__file__).parents[2] / "tests/data/audio/spoken_moon.wav"
FRAME_S = 0.02
FRAME_BYTES = 640
LOUD_RMS = 300
STUBS_PORT = 18900
READY_S = 30.0
SETTLE_S = 1.0


@dataclass(frozen=True)
class Load:
    """`turns` are those that count, of each session, after `warm_turns` that don't."""

    sessions: int
    turns: int
    period_s: float = 6.0
    """From the beginning of a turn to the next one's: longer than speech, answer and reply."""
    warm_turns: int = 1
    idle_s: float = 3.0
    """Silence before the first turn."""


async def drive(kind: type[Peer], preset: str, load: Load, *, verbose: bool = False) -> Run:
    """Start `kind` and the stubs, let the toys speak, and stop both."""
    with cores.split() as peer_cores:
        async with stubs(STUBS_PORT, preset) as stubs_url:
            peer = kind(stubs_url, STUBS_PORT + 1, peer_cores, verbose)
            try:
                await peer.start()
                await asyncio.sleep(SETTLE_S)
                return await _load(peer, preset, load, stubs_url)
            finally:
                await asyncio.to_thread(peer.stop)


async def drive_apart(peer: str, preset: str, load: Load) -> Run:
    """`drive` in a process of its own. Raises RuntimeError with what it said when it failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.peers.drive", peer, "--preset", preset),
        *(f"--{name.replace('_', '-')}={value}" for name, value in asdict(load).items()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    told, complaint = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{peer}, {preset}: {complaint.decode().strip().splitlines()[-1]}")
    return Run.from_json(json.loads(told))


@contextlib.asynccontextmanager
async def stubs(port: int, preset: str, reply: str = REPLY) -> AsyncIterator[str]:
    """The services, in a process of their own; gives their address."""
    command = [sys.executable, "-m", "bench.peers.stubs", "--port", str(port), "--preset", preset]
    command += ["--reply", reply]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        if not await asyncio.to_thread(process.stdout.readline):
            raise RuntimeError(f"the stub services did not start on port {port}")
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def _load(peer: Peer, preset: str, load: Load, stubs_url: str) -> Run:
    base_rss_mb = peer.rss()
    speech = [peer.encode(frame) for frame in speech_frames()]
    hush = peer.encode(room_noise())
    toys = []
    for number in range(load.sessions):
        sid = f"s{number}"
        async with asyncio.timeout(READY_S):
            toys.append(Toy(sid, await peer.connect(sid), peer, speech, hush))
    begin = time.monotonic() + 0.5
    tasks = [
        asyncio.create_task(toy.talk(begin + load.period_s * number / load.sessions, load))
        for number, toy in enumerate(toys)
    ]
    await _sleep_until(begin + load.idle_s + load.period_s * load.warm_turns)
    cpu_s, since = peer.cpu(), time.monotonic()
    await _sleep_until(begin + load.idle_s + load.period_s * (load.warm_turns + load.turns))
    cpu_percent = 100 * (peer.cpu() - cpu_s) / (time.monotonic() - since)
    rss_mb = peer.rss()
    await asyncio.gather(*tasks)
    for toy in toys:
        toy.line.close()
    return Run(
        peer=peer.name,
        preset=preset,
        sessions=load.sessions,
        turns=[turn for toy in toys for turn in toy.turns[load.warm_turns :]],
        requests=await _requests(stubs_url),
        wait_ms=peer.wait_ms,
        one_key=peer.one_key,
        cpu_percent=cpu_percent,
        base_rss_mb=base_rss_mb,
        rss_mb=rss_mb,
        lag_p95_ms=1000 * (quantile([lag for toy in toys for lag in toy.late_s], 0.95) or 0.0),
    )


@dataclass
class Toy:
    """A child who says the same again and again, with silence between, in real time."""

    sid: str
    line: Line
    peer: Peer
    speech: Sequence[bytes]
    hush: bytes
    turns: list[Turn] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    """By how much each frame left later than it should: past 10 ms the load itself is the limit."""
    _waits: bool = False

    def __post_init__(self) -> None:
        self.line.on_message = self._on_message

    async def talk(self, begin: float, load: Load) -> None:
        self._due = begin
        await self._send([self.hush] * round(load.idle_s / FRAME_S))
        for number in range(load.warm_turns + load.turns):
            self._waits = False
            await self._send(self.speech)
            self.turns.append(Turn(self.sid, self._due - FRAME_S))
            self._waits = True
            # Another phase of the peer's own chunks each time.
            rest = round(load.period_s / FRAME_S) - len(self.speech) + number * 7 % 11
            await self._send([self.hush] * rest)

    async def _send(self, frames: Sequence[bytes]) -> None:
        for frame in frames:
            await _sleep_until(self._due)
            if self.line.closed:
                raise ConnectionError(f"{self.peer.name}: closed the line of {self.sid}")
            self.late_s.append(time.monotonic() - self._due)
            self.line.send(frame)
            self._due += FRAME_S

    def _on_message(self, op: int, data: bytes) -> None:
        if self._waits and self.peer.is_audio(op, data):
            self._waits = False
            turn = self.turns[-1]
            turn.sounded_s = time.monotonic()
            turn.decided_s = self.line.decided_s[-1] if self.line.decided_s else None


async def _requests(stubs_url: str) -> list[Request]:
    async with aiohttp.ClientSession() as http, http.get(f"{stubs_url}/_log?clear=1") as answer:
        return [Request(**entry) for entry in await answer.json()]


async def _sleep_until(moment: float) -> None:
    if (wait := moment - time.monotonic()) > 0:
        await asyncio.sleep(wait)


def speech_frames() -> list[bytes]:
    """A recording in frames, from its first loud one to its last."""
    with wave.open(str(SPEECH), "rb") as recording:
        sound = recording.readframes(recording.getnframes())
    frames = [sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)]
    loud = [at for at, frame in enumerate(frames) if _rms(frame) > LOUD_RMS]
    return frames[loud[0] : loud[-1] + 1]


def room_noise() -> bytes:
    """A frame that is all but silent."""
    return np.random.default_rng(1).integers(-8, 9, FRAME_BYTES // 2).astype("<i2").tobytes()


def _rms(frame: bytes) -> float:
    samples = np.frombuffer(frame, "<i2").astype(np.float64)
    return float(np.sqrt(np.mean(samples**2)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Put one peer under load; prints the run as JSON.")
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--preset", choices=PRESETS, default="instant")
    parser.add_argument("--verbose", action="store_true", help="show what the server says")
    for field_ in fields(Load):
        kind = float if field_.name.endswith("_s") else int
        default = 1 if field_.default is MISSING else field_.default
        parser.add_argument(f"--{field_.name.replace('_', '-')}", type=kind, default=default)
    asked = vars(parser.parse_args())
    peer, preset, verbose = (asked.pop(name) for name in ("peer", "preset", "verbose"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        run = runner.run(drive(PEERS[peer], preset, Load(**asked), verbose=verbose))
    print(json.dumps(asdict(run)))


if __name__ == "__main__":
    main()
