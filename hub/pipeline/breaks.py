"""When a child has talked so long that a break is due."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

from hub.domain.talk import Turn

DAY_FACTOR = 3
"""A day's talks together may last so many times as long as one."""


def break_due(
    turns: Sequence[Turn], after: timedelta, was_reminded: Callable[[Turn], bool]
) -> bool:
    """Whether a child was not reminded for `after` of one talk, or thrice that of today's talks.

    `turns` are one toy's of today, the oldest first, the present one last. Time passes between
    turns of one talk; the pauses from talk to talk don't count.
    """
    talk = day = timedelta()
    for before, present in pairwise(turns):
        if was_reminded(before):
            talk = day = timedelta()
        if before.conversation_id == present.conversation_id:
            passed = max(present.started_at - before.started_at, timedelta())
            talk, day = talk + passed, day + passed
        else:
            talk = timedelta()
    return talk >= after or day >= DAY_FACTOR * after
