"""The waterfall of a question to a hub that needs nothing but itself: its own recogniser, stories and voice.

`spoken_moon.wav` is played in real time, some times over, to a hub as it ships, with the providers that are
always there. See docs/measuring.md.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import hub_adapter
from bench.peers.drive import FRAME_S, room_noise, speech_frames
from hub.cli.client import HubClient, running_hub
from hub.cli.trace import waterfall
from hub.domain.talks.talk import TurnState
from hub.errors import NotFoundError

ROUNDS = 7
WARM_ROUNDS = 2
"""Before those that count."""
ANSWER_S = 30.0
STEPS = ("endpoint", "transcript", "check", "first_token", "first_clause", "first_audio")
HEARD = "first sound after the turn's end"
Json = dict[str, Any]


class Peer(hub_adapter.Peer):
    """With what is always there, and the silences that it ships with."""

    @property
    def data(self) -> Path:
        return self._data

    def _settings(self) -> dict[str, str]:
        return {
            "POMMAI_STT__USE": "sphinx",
            "POMMAI_LLM__USE": "storyteller",
            "POMMAI_TTS__USE": "espeak",
            "POMMAI_LOG__LEVEL": "warning",
        }


async def run(console: Console) -> Json:
    peer = Peer("http://127.0.0.1:1", 0)
    try:
        await peer.start()
        traces = await _rounds(peer, console)
    finally:
        await asyncio.to_thread(peer.stop)
    console.print(waterfall(_typical(traces)))
    console.print(_table(traces))
    found = {f"{step}_ms": round(_median(traces, step)) for step in STEPS}
    return found | {
        "first_audio_after_end_of_turn_ms": round(median(map(_heard_ms, traces))),
        "rounds": len(traces),
    }


async def _rounds(peer: Peer, console: Console) -> list[Json]:
    toy = await peer.connect("s0")
    speech, hush = [peer.encode(frame) for frame in speech_frames()], peer.encode(room_noise())
    traces: list[Json] = []
    with console.status("asking how far away the moon is") as status:
        async with running_hub(peer.data) as hub:
            assert hub is not None
            while len(traces) < WARM_ROUNDS + ROUNDS:
                status.update(f"question {len(traces) + 1} of {WARM_ROUNDS + ROUNDS}")
                before = traces[-1]["id"] if traces else ""
                asking = asyncio.create_task(_ask(toy, speech, hush))
                try:
                    traces.append(await _next_trace(hub, before))
                finally:
                    asking.cancel()
    toy.close()
    return traces[WARM_ROUNDS:]


async def _ask(toy: hub_adapter.ToyLine, speech: Sequence[bytes], hush: bytes) -> None:
    """A quiet second, the question, and a quiet room until the answer is over."""
    due = time.monotonic()
    for frame in chain(repeat(hush, round(1 / FRAME_S)), speech, repeat(hush)):
        toy.send(frame)
        due += FRAME_S
        await asyncio.sleep(due - time.monotonic())


async def _next_trace(hub: HubClient, before: str) -> Json:
    """Of the turn after `before`, once it is over."""
    found: Json = {}
    try:
        async with asyncio.timeout(ANSWER_S):
            while found.get("id", before) == before or found["state"] != TurnState.DONE:
                await asyncio.sleep(0.5)
                with suppress(NotFoundError):
                    found = await hub.call("GET", "/turns/last/trace")
    except TimeoutError as error:
        raise RuntimeError(f"no answer within {ANSWER_S:g} s; the last turn: {found}") from error
    return found


def _heard_ms(trace: Json) -> float:
    return float(trace["timings_ms"]["first_audio"] - trace["timings_ms"]["endpoint"])


def _median(traces: Sequence[Json], step: str) -> float:
    return float(median(trace["timings_ms"][step] for trace in traces))


def _typical(traces: Sequence[Json]) -> Json:
    return sorted(traces, key=_heard_ms)[len(traces) // 2]


def _table(traces: Sequence[Json]) -> Table:
    shown = Table(title=f"Embedded, {len(traces)} rounds, ms after the end of speech")
    for title in ("", "median", "slowest"):
        shown.add_column(title, justify="right" if title else "left")
    for step in STEPS:
        slowest = max(trace["timings_ms"][step] for trace in traces)
        shown.add_row(step.replace("_", " "), f"{_median(traces, step):.0f}", f"{slowest:.0f}")
    heard = [_heard_ms(trace) for trace in traces]
    shown.add_row(HEARD, f"{median(heard):.0f}", f"{max(heard):.0f}", style="bold")
    return shown
