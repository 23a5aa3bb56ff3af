"""What the storyteller takes from a family's documents: the sentence that answers a question, or a story."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from hub.domain.family.documents import DocumentKind
from hub.domain.talks.notes import Excerpt
from hub.providers.llm.storyteller.conversation import plain

ASKS: Final = re.compile(
    r"^(?:(?:hey|hi|please|and|so|but|do you know|can you tell me|tell me) )*"
    r"(?:who|whose|what|whats|where|wheres|when|which|why|how|is|was|were|did|does|do)\b"
)
TALES: Final = frozenset({DocumentKind.BACKSTORY, DocumentKind.MEMORY, DocumentKind.DOCUMENT})
# fmt: off
SMALL_WORDS: Final = frozenset({
    "a", "about", "an", "and", "are", "at", "be", "been", "by", "can", "did", "do", "does", "for", "from",
    "had", "has", "have", "he", "her", "hers", "him", "his", "how", "i", "in", "is", "it", "its", "know", "me",
    "my", "of", "on", "or", "our", "ours", "please", "she", "so", "some", "story", "tale", "tell", "than",
    "that", "the", "their", "them", "then", "there", "they", "this", "to", "was", "we", "went", "were", "what",
    "whats", "when", "where", "wheres", "which", "who", "whose", "why", "will", "with", "would", "you", "your",
    "yours",
})
# fmt: on
ROOT: Final = 5
"""Letters by which two forms of a word are known: "holiday", "holidays"."""
MIN_SHARE: Final = 0.5
"""Of a question's words that a sentence must have to answer it."""
MAX_TALE_SENTENCES: Final = 12


def answer_in(excerpts: Iterable[Excerpt], heard: str) -> str | None:
    """The sentence with most of the words that were asked for; None where none has half of them."""
    asked = _roots(heard)
    if not asked or not ASKS.search(heard):
        return None
    best, most = None, MIN_SHARE * len(asked)
    for excerpt in excerpts:
        titled = _roots(excerpt.title)
        for sentence in _sentences(excerpt.text):
            own = _roots(sentence)
            # What the title says already counts half: it says what the whole is about.
            shared = len(asked & own) + 0.5 * len(asked & titled - own)
            if asked & own and own - asked and shared >= most and (best is None or shared > most):
                best, most = sentence, shared
    return best


def tale_in(excerpts: Iterable[Excerpt]) -> str | None:
    """The first sentences of the family's own story that fits best; None where there is none."""
    tales = [each for each in excerpts if each.kind in TALES]
    return " ".join(_sentences(tales[0].text)[:MAX_TALE_SENTENCES]) if tales else None


def _sentences(text: str) -> Sequence[str]:
    return [each for each in re.split(r"(?<=[.!?…])[\"”’)]*\s+|\n+", text) if plain(each)]


def _roots(text: str) -> frozenset[str]:
    return frozenset(word[:ROOT] for word in plain(text).split() if word not in SMALL_WORDS)
