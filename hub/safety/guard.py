"""The guard: judges every text said to a toy or by one, and alone makes what a toy may speak.

It fails closed: a text that no check could judge is refused, and nothing here raises for it.
`check_child` and `check_toy` judge, `explain` tells why; `redirect`, `honest`, `helpline` and `line`
give reviewed words to say.
"""

import random
from collections.abc import Iterable, Mapping, Sequence

from hub.domain.clock import Clock
from hub.domain.safety import (
    DISCLOSURES,
    Category,
    CheckRequest,
    ContextLine,
    Direction,
    SafeText,
    SafetyCheck,
    SafetyLevel,
    SafetyPolicy,
    Verdict,
    strictest,
)
from hub.domain.toys import Toy, main_language
from hub.safety.explain import VerdictAccount, explain
from hub.safety.helplines import Helpline, Helplines
from hub.safety.honesty import HonestyBook
from hub.safety.language import MEASURED, LanguageCheck
from hub.safety.layers import GuardHealth, Layers, unchecked
from hub.safety.lines import UNJUDGED, HonestQuestion, Line, PhraseBook
from hub.safety.rules.rules import blocked_topic
from hub.translation import marked

__all__ = ["LAST_WORD", "MAX_TEXT_CHARS", "Guard", "Line"]

MAX_TEXT_CHARS = 2000
"""A longer text is refused unread: half a minute of speech has under 600."""
MAX_HISTORY_LINES = 16
MAX_HISTORY_CHARS = 500
"""Of each line of the history, its end is kept: what was said last weighs most."""
LAST_WORD = "Hmm!"
"""Said when the parents' blocked topics leave no other sentence; it has no topic at all."""


class Guard:
    """Every check at once, the strictest wins. One guard serves all toys."""

    def __init__(
        self,
        checks: Sequence[SafetyCheck],
        clock: Clock,
        timeout_s: float,
        phrases: PhraseBook | None = None,
    ) -> None:
        self._layers = Layers(checks, clock, timeout_s)
        self._phrases = phrases or PhraseBook.load()
        self._honesty = HonestyBook.load()
        self._helplines = Helplines.load()
        self._last_said: dict[str, str] = {}
        self.rules_version = self._layers.version

    @property
    def health(self) -> GuardHealth:
        """Which checks work, for the pages."""
        return self._layers.health

    @property
    def languages(self) -> Sequence[str]:
        """Codes of those in which there are reviewed sentences, sorted."""
        return sorted(self._phrases.languages())

    def judges(self, language: str) -> bool:
        """Whether what a toy hears and says in it can be judged: it is English, or a model must agree to each line."""
        alone = any(isinstance(check, LanguageCheck) for check in self._layers.checks)
        return not alone or main_language(language) == MEASURED

    def policy_for(self, toy: Toy) -> SafetyPolicy:
        """What this toy's words must pass under the rules now in force."""
        return self.policy(
            toy.level_now, toy.blocked_topics, toy.thresholds, main_language(toy.language)
        )

    def policy(
        self,
        level: SafetyLevel,
        blocked_topics: Iterable[str] = (),
        thresholds: Mapping[Category, int] | None = None,
        language: str = MEASURED,
    ) -> SafetyPolicy:
        """`thresholds` may tighten what the level allows; what would loosen it is left out."""
        tightened = frozenset(
            (category, value)
            for category, value in (thresholds or {}).items()
            if value < strictest(level, category)
        )
        topics = frozenset(blocked_topics)
        return SafetyPolicy(level, topics, self.rules_version, tightened, language)

    async def check_child(
        self, text: str, policy: SafetyPolicy, history: Sequence[ContextLine] = ()
    ) -> Verdict:
        """Whether a model may be given the child's words in the ordinary way."""
        return await self._judge(text, Direction.CHILD, policy, history)

    async def check_toy(
        self, text: str, policy: SafetyPolicy, history: Sequence[ContextLine] = ()
    ) -> tuple[Verdict, SafeText | None]:
        """Whether the toy may say `text`, and just if so, that text in its speakable form."""
        verdict = await self._judge(text, Direction.TOY, policy, history)
        return verdict, SafeText(text, policy) if verdict.allowed else None

    async def redirect(
        self, verdict: Verdict, policy: SafetyPolicy, language: str, *, seed: str | int
    ) -> SafeText:
        """Kind words to say instead of what `verdict` refused. Never fails, also when a check does."""
        category = verdict.category
        if category is Category.NONE:
            category = Category.UNCHECKED
        if verdict.kind in UNJUDGED:
            texts = self._phrases.lines(Line(verdict.kind), language, {})
        else:
            texts = self._phrases.emergency(verdict.kind, language)
        texts = texts or self._phrases.redirects(category, policy.level, language)
        return await self._first_fit(
            f"redirect {category} {verdict.kind}", texts, policy, language, seed
        )

    def asked(self, text: str) -> HonestQuestion | None:
        """What the child wants to know of the toy itself, where only the truth may be told; or its goodbye."""
        return self._honesty.asked(text[:MAX_TEXT_CHARS])

    async def honest(
        self, question: HonestQuestion, policy: SafetyPolicy, language: str, *, seed: str | int
    ) -> SafeText:
        """The true answer, whatever model runs."""
        texts = self._phrases.honest(question, language)
        return await self._first_fit(f"honest {question}", texts, policy, language, seed)

    def helplines(self, verdict: Verdict, country: str) -> list[Helpline]:
        """Whom a family of that country can call about it, for the parent."""
        return self._helplines.find(country, verdict.category)

    async def helpline(
        self,
        verdict: Verdict,
        policy: SafetyPolicy,
        language: str,
        country: str,
        *,
        seed: str | int,
    ) -> SafeText | None:
        """A number that the child may call, to be said after the redirect; None where none fits.

        A child of up to 7 years is told none: what it needs is somebody beside it.
        """
        if verdict.category not in DISCLOSURES or policy.level is SafetyLevel.STRICT:
            return None
        for helpline in self.helplines(verdict, country):
            number = helpline.spoken(language)
            texts = self._phrases.lines(Line.HELPLINE, language, {"number": number})
            for text in _shuffled(texts, f"helpline {seed}"):
                if safe := await self._passed(text, policy, reviewed=True):
                    return safe
        return None

    def is_line(self, kind: Line, text: str, language: str, **names: str) -> bool:
        """Whether `text` is one of the reviewed lines for an occasion; `names` as in `line`."""
        return text in self._phrases.lines(kind, language, names)

    async def lines(self, kind: Line, policy: SafetyPolicy, language: str) -> list[SafeText]:
        """Every line for an occasion that needs no name and fits `policy`."""
        texts = self._phrases.lines(kind, language, {}, policy.level)
        passed = [await self._passed(text, policy, reviewed=True) for text in texts]
        return [line for line in passed if line is not None]

    async def line(
        self, kind: Line, policy: SafetyPolicy, language: str, *, seed: str | int, **names: str
    ) -> SafeText:
        """A reviewed line for an occasion; `names` fill `{child}` and `{toy}` where they are known."""
        reviewed = set(self._phrases.lines(kind, language, {}, policy.level))
        texts = self._phrases.lines(kind, language, names, policy.level)
        return await self._first_fit(
            f"line {kind}", texts, policy, language, seed, strange=set(texts) - reviewed
        )

    async def _first_fit(
        self,
        occasion: str,
        texts: Sequence[str],
        policy: SafetyPolicy,
        language: str,
        seed: str | int,
        strange: Iterable[str] = (),
    ) -> SafeText:
        """The first text, in an order that `seed` decides, that fits `policy`.

        Our sentences were reviewed, and a test runs each through the rules at every level. So they are
        spoken without asking a check, which may be failing or slow, or know English alone; only a
        parent's blocked topic keeps one back. The `strange` ones hold names, which nobody reviewed.
        """
        order = _shuffled(texts, f"{occasion} {seed}")
        order.sort(key=lambda text: text == self._last_said.get(occasion))
        unreviewed = frozenset(strange)
        for text in (*order, *self._phrases.phrases(language).plain):
            safe = await self._passed(text, policy, reviewed=text not in unreviewed)
            if safe is not None:
                self._last_said[occasion] = text
                return safe
        return SafeText(LAST_WORD, policy, reviewed=True)

    async def _passed(self, text: str, policy: SafetyPolicy, *, reviewed: bool) -> SafeText | None:
        if not reviewed:
            return (await self.check_toy(text, policy))[1] if self.health.ok else None
        if blocked_topic(text, policy.blocked_topics):
            return None
        return SafeText(text, policy, reviewed=True)

    async def explain(
        self,
        text: str,
        direction: Direction,
        policy: SafetyPolicy,
        history: Sequence[ContextLine] = (),
    ) -> VerdictAccount:
        """Why it is judged so, and what would change that, for a person who wonders.

        Asks every check some fifty times, so nothing for a turn, nor for a layer on a server.
        """
        if unread := self._unreadable(text, policy):
            return VerdictAccount(unread)
        return await explain(self._layers, self._request(text, direction, policy, history))

    async def _judge(
        self, text: str, direction: Direction, policy: SafetyPolicy, history: Sequence[ContextLine]
    ) -> Verdict:
        if unread := self._unreadable(text, policy):
            return unread
        return await self._layers.judge(self._request(text, direction, policy, history))

    def _unreadable(self, text: str, policy: SafetyPolicy) -> Verdict | None:
        """The refusal of what no check is asked about."""
        if len(text) > MAX_TEXT_CHARS:
            reason = marked("the text is too long to be checked")
        elif policy.rules_version != self.rules_version:
            reason = f"the policy is for rules {policy.rules_version!r}"
        else:
            return None
        return unchecked(reason, "guard", self.rules_version)

    def _request(
        self, text: str, direction: Direction, policy: SafetyPolicy, history: Sequence[ContextLine]
    ) -> CheckRequest:
        recent = tuple(
            ContextLine(line.direction, line.text[-MAX_HISTORY_CHARS:])
            for line in history[-MAX_HISTORY_LINES:]
        )
        return CheckRequest(text, direction, policy, recent)


def _shuffled(texts: Sequence[str], seed: str) -> list[str]:
    return random.Random(seed).sample(texts, len(texts))  # noqa: S311 - variety, no secret
