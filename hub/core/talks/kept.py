"""What the pages must know of how talks are kept and looked for."""

from hub.storage.talks.index import MAX_SEARCH_CHARS
from hub.storage.talks.talks import TalkPage

__all__ = ["MAX_SEARCH_CHARS", "TalkPage"]
