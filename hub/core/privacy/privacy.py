"""What a family can see and decide about its own data: what left, what is kept, who agreed, and the clouds' switch."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Self

from hub.core.devices import Devices
from hub.core.privacy.child_export import Rows, child_export
from hub.core.privacy.clouds import CloudSwitchboard
from hub.core.privacy.consents import Consents
from hub.core.privacy.erase import Eraser
from hub.core.privacy.export import export
from hub.core.privacy.left_home import LedgerTotals
from hub.core.privacy.stored import Stored, stored_in
from hub.domain.clock import Clock
from hub.egress.remote_checks import RemoteLayer
from hub.egress.remote_embedder import RemoteEmbedder
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.storage.store import Store


@dataclass(frozen=True, slots=True)
class Privacy:
    """`hub.privacy`."""

    clouds: CloudSwitchboard
    consents: Consents
    left_home: LedgerTotals
    eraser: Eraser
    store: Store
    clock: Clock

    @classmethod
    def create(
        cls,
        store: Store,
        setup: ProviderSetup,
        providers: Providers,
        layers: Sequence[RemoteLayer],
        devices: Devices,
        clock: Clock,
        embedder: RemoteEmbedder | None = None,
    ) -> Self:
        consents, totals = Consents(store, providers), LedgerTotals(store, setup, clock)
        return cls(
            CloudSwitchboard(store, setup, providers, layers, embedder, clock),
            consents,
            totals,
            Eraser(store, devices, consents, totals, clock),
            store,
            clock,
        )

    async def stored(self) -> Stored:
        """What lies in the data folder now."""
        return await stored_in(self.store.database.folder)

    def export(self) -> AsyncGenerator[bytes]:
        """All of it, as a ZIP file; see `hub.core.privacy.export`."""
        return export(self.store, self.clock)

    def of_child(self, child_id: str) -> AsyncGenerator[tuple[str, Rows]]:
        """All that is kept of one child; see `hub.core.privacy.child_export`."""
        return child_export(self.store, child_id)
