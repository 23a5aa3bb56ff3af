"""Some hundred connections of nonsense at each of six ports, while toys talk; `make bench ONLY=flood` has thousands."""

import asyncio
from pathlib import Path

import pytest

from bench.flood import MAX_LOG_BYTES, flood
from bench.hostile.home import home
from tests.devices.scripted import until

TIMES = 100
"""At each port."""
MAX_GROWTH_MB = 30
"""It is over: what a program makes once comes on top."""
PERIOD_S = 24.0
"""A turn may take long beside busy programs, and the next one must not end it."""


@pytest.mark.timeout(900)  # for one that hangs, as all of them
async def test_nonsense_at_each_port_loses_no_turn_and_fills_no_log(tmp_path: Path) -> None:
    async with home(tmp_path, simulated=1, period_s=PERIOD_S) as family:
        found = await asyncio.gather(*(flood(family, port, TIMES) for port in family.ports()))
        turns = [turn for child in family.children for turn in child.turns]
        await until(lambda: all(turn.sounded_s is not None for turn in turns))
    assert len(found) == 6
    assert turns
    for row in found:
        assert row.connections > TIMES / 2, row
        assert row.tracebacks == 0, row
        assert row.log_bytes < MAX_LOG_BYTES / 10, row
        assert row.grew_mb < MAX_GROWTH_MB, row
