"""What the pages ask of the hub, and nothing more; `hub.core.Hub` fits it."""

from collections.abc import Sequence
from typing import Any, Protocol

from hub.domain.talk import Turn
from hub.domain.toys import Satellite, Toy
from hub.events import Bus
from hub.storage.guardian import GuardianRepository


class GuardianHub(Protocol):
    """The hub as its pages see it."""

    bus: Bus

    @property
    def guardian(self) -> GuardianRepository: ...

    async def toys(self) -> Sequence[Toy]: ...

    async def satellites(self) -> Sequence[Satellite]: ...

    async def adopt(self, name: str, toy: str | None = None) -> Satellite: ...

    async def release(self, name: str) -> Satellite: ...

    async def recent_turns(self, limit: int) -> Sequence[Turn]:
        """The newest first."""
        ...

    async def turns_since(self, revision: int, limit: int) -> Sequence[Turn]:
        """Turns changed after `revision`, in the order of their changes."""
        ...

    async def revision(self) -> int:
        """Of the last change to any turn or alert."""
        ...

    async def health(self) -> dict[str, Any]:
        """`status` ("ok" or "impaired") and `version`, for anybody; the rest is for guardians."""
        ...
