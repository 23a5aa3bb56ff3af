"""The far side of the guard's remote layers, and the keys that it takes."""

from collections.abc import AsyncIterator

import pytest

from tests.egress.guarded import KEYS
from tests.egress.remote_server import KEY, FarSide, listening


@pytest.fixture
async def far_side() -> AsyncIterator[FarSide]:
    async with listening() as server:
        yield server


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, KEY)
