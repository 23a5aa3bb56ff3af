"""A hub is killed some times while children write and speak; `make bench ONLY=kills` kills it two hundred times."""

import pytest

from bench.kills import killed

TIMES = 5


@pytest.mark.timeout(900)  # for one that hangs, as all of them
async def test_a_hub_that_is_killed_again_and_again_keeps_each_heard_turn_once_with_its_verdict() -> (
    None
):
    found = await killed(TIMES)
    assert found.held, found
    assert found.heard > 0
    assert found.grave > 0
