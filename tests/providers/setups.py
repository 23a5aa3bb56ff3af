"""What a provider is made of in a test: its own settings, the keys, and how long it may take."""

from collections.abc import Mapping

from hub.config import Config
from hub.domain.clock import Clock, SystemClock
from hub.providers.base import ProviderSetup

BARE = ProviderSetup(Config(), {})
"""Default settings, and no key."""


def provider_setup(
    place: str,
    environ: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
    clock: Clock | None = None,
    **settings: object,
) -> ProviderSetup:
    """`settings` of the provider at `place`, such as "tts.rime"."""
    kind, _, name = place.partition(".")
    values = {
        kind: {name: settings},
        "turn": {"stt_timeout_s": timeout_s, "tts_timeout_s": timeout_s},
    }
    return ProviderSetup(Config.model_validate(values), environ or {}, clock or SystemClock())
