"""What stands around every page and stays true on it: open alerts, the emergency stop, the guard's health."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from guardian_web.guardian_hub import GuardianHub
from hub.safety.layers import GuardHealth, Impairment

LAYER_WORDS = {
    "rules": "Rules",
    "classifier": "Trained classifier",
    "talk": "The talk as a whole",
    "llm": "Guard model",
    "openai": "OpenAI moderation",
    "azure": "Azure AI Content Safety",
}


@dataclass(frozen=True, slots=True)
class LayerCard:
    """One layer of the guard; `impairment` None: it works."""

    name: str
    impairment: Impairment | None


@dataclass(frozen=True, slots=True)
class Frame:
    open_alerts: int = 0
    stopped_at: datetime | None = None
    stop_reason: str = ""
    quiet: bool = False
    grown_ups: Sequence[str] = ()
    """Names to choose from where a page asks who it was."""
    layers: Sequence[LayerCard] = ()
    rules_version: str = ""

    @property
    def impaired(self) -> Sequence[LayerCard]:
        return [layer for layer in self.layers if layer.impairment]


async def frame_of(hub: GuardianHub) -> Frame:
    household = await hub.family.household()
    health = hub.guard_health()
    return Frame(
        open_alerts=await hub.family.open_alerts(),
        stopped_at=household.emergency_stopped_at,
        stop_reason=household.stop_reason,
        quiet=household.quiet,
        grown_ups=list(dict.fromkeys(adult.name for adult in await hub.family.adults())),
        layers=_layers(health),
        rules_version=health.rules_version,
    )


def layer_words(layer: str) -> str:
    return LAYER_WORDS.get(layer, layer.replace("_", " ").capitalize())


def _layers(health: GuardHealth) -> Sequence[LayerCard]:
    impaired = {impairment.layer: impairment for impairment in health.impaired}
    return [LayerCard(layer_words(name), impaired.get(name)) for name in health.layers]
