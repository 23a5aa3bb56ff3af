"""How the C library keeps memory, for a process that stays up for months on a small computer."""

import ctypes
import sys

M_ARENA_MAX = -8
"""glibc's malloc.h: how many heaps there are at most."""


def share_one_heap() -> None:
    """One heap for all threads, on glibc: else each thread keeps what it freed, some 6 MB in all.

    Python's threads take turns anyway, so they hardly wait for each other here.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(M_ARENA_MAX, 1)
