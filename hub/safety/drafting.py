"""Who may be asked for a draft, an answer to words that may not be the child's last: `drafts` in the settings."""

from hub.config import Config
from hub.domain.household import LedgerKind
from hub.domain.toys import ProviderKind
from hub.providers.registry import check_names
from hub.safety.outgoing import LOCAL, GuessProviders


def drafting_providers(config: Config) -> GuessProviders:
    """Raises ConfigError for an unknown name."""
    named = {
        LedgerKind.STT: config.stt.drafts,
        LedgerKind.LLM: config.llm.drafts,
        LedgerKind.TTS: config.tts.drafts,
        LedgerKind.SAFETY: config.safety.drafts,
    }
    for kind, names in named.items():
        check_names(ProviderKind(kind), names, key="drafts", word=LOCAL)
    return named
