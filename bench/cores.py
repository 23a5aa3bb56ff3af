"""The machine's cores, shared between what is measured and what drives it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def split() -> Iterator[set[int] | None]:
    """The core of what is measured; this program gets the others while the block runs. None where there is one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        yield None
        return
    os.sched_setaffinity(0, cores[1:])
    try:
        yield {cores[0]}
    finally:
        os.sched_setaffinity(0, cores)
