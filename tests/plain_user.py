"""Root without root's eyes: file permissions hold for this thread and those that it starts."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
"""Linux capabilities that let root pass over permissions; see capabilities(7)."""

_Header = ctypes.c_uint32 * 2
_Sets = ctypes.c_uint32 * 6
"""Effective, permitted, inheritable; twice, for 64 bits."""


@contextmanager
def permissions_hold() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(_VERSION_3, 0), _Sets()

    def call(name: str) -> None:
        if getattr(libc, name)(header, sets) != 0:
            raise OSError(ctypes.get_errno(), name)

    call("capget")
    effective = sets[0]
    sets[0] = effective & ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    call("capset")
    try:
        yield
    finally:
        sets[0] = effective
        call("capset")
