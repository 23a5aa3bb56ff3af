"""What a family can see and decide about its own data: what left, what is kept, who agreed, and the clouds' switch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hub.core.privacy.clouds import CloudSwitchboard
from hub.core.privacy.consents import Consents
from hub.core.privacy.left_home import LedgerTotals
from hub.core.privacy.stored import Stored, stored_in
from hub.domain.clock import Clock
from hub.egress.remote_checks import RemoteLayer
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.storage.store import Store


@dataclass(frozen=True, slots=True)
class Privacy:
    """`hub.privacy`."""

    clouds: CloudSwitchboard
    consents: Consents
    left_home: LedgerTotals
    folder: Path

    @classmethod
    def create(
        cls,
        store: Store,
        setup: ProviderSetup,
        providers: Providers,
        layers: Sequence[RemoteLayer],
        clock: Clock,
    ) -> Self:
        return cls(
            CloudSwitchboard(store, setup, providers, layers, clock),
            Consents(store, providers),
            LedgerTotals(store, setup, clock),
            setup.config.hub.data,
        )

    async def stored(self) -> Stored:
        """What lies in the data folder now."""
        return await stored_in(self.folder)
