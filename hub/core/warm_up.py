"""Making ready what the household chose, before the first toy asks for it."""

from collections.abc import Sequence

import structlog

from hub.core.devices import Devices
from hub.domain.toys import ProviderKind, Toy
from hub.egress.remote_checks import RemoteLayer
from hub.errors import ProviderError
from hub.events import Bus
from hub.providers import auto
from hub.providers.base import ProviderSetup
from hub.providers.listening.vad import Detector
from hub.providers.pool import Providers

log = structlog.get_logger()


async def warm_up(
    toys: Sequence[Toy], providers: Providers, judges: Sequence[RemoteLayer], setup: ProviderSetup
) -> str:
    """Gives one line on what was taken, why, and what leaves the home. A judge that can't be had is logged."""
    for toy in toys:
        await providers.stt(toy)
        await providers.llm(toy)
        await providers.tts(toy)
    for judge in judges:
        try:
            await judge.warm_up()
        except ProviderError as error:
            until = "judges strictly" if judge.added else "refuses everything"
            log.error(f"until this is mended, the guard {until}", error=str(error))
    selections = await providers.selections()
    if setup.clouds.off:
        return f"{auto.explain(selections)} All cloud services are turned off."
    names = {kind: [*selection.names] for kind, selection in selections.items()}
    names[ProviderKind.SAFETY] = [judge.name for judge in judges]
    names[ProviderKind.EMBEDDING] = [*setup.config.embedding.use]
    for toy in toys:
        names[ProviderKind.STT] += toy.providers.stt
        names[ProviderKind.LLM] += toy.providers.llm
        names[ProviderKind.TTS] += toy.providers.tts
    return " ".join([auto.explain(selections), *auto.warnings(names, setup)])


async def read_with_first_toy(detector: Detector, devices: Devices, bus: Bus) -> None:
    """Read the voice detector before the first toy speaks, and not at all where there is none."""
    with bus.subscribe() as changes:
        while not any(satellite.adopted for satellite in devices.list()):
            await changes.get()
    await detector.read()
