"""The rules and sentences that ship with us, read once for all tests of a process: many a test takes less time."""

from hub.safety.lines import PhraseBook
from hub.safety.rules.rules import RulesCheck

RULES = RulesCheck.load()
PHRASES = PhraseBook.load()
