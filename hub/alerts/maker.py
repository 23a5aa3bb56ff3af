"""Makes every alert that parents get, and knows which they were told already.

What comes up in a turn is told once for each turn and category, however often it is asked for: a turn
that is cut asks again (`AlertRepository.add` sees to that, and counts what comes up again within minutes
on the earlier alert). What lasts is told once in its time. No alert holds anybody's words.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from hub.domain.clock import Clock
from hub.domain.safety import Alert, AlertLevel, Category, Verdict
from hub.domain.talks.talk import Turn
from hub.safety.guard import Guard
from hub.safety.helplines import Helpline
from hub.storage.store import Store
from hub.translation import marked

MAX_ALERTS_SEARCHED: Final = 200
"""The newest ones, for what was told already."""

TITLES: Final = {
    Category.NONE: marked("Something worth a look was said"),
    Category.VIOLENCE: marked("Talk of hurting someone"),
    Category.SELF_HARM: marked("Talk of self-harm or of not wanting to live"),
    Category.SEXUAL: marked("A sexual subject came up"),
    Category.HATE_BULLYING: marked("Hateful or bullying words came up"),
    Category.DRUGS_ALCOHOL_WEAPONS: marked("Drugs, alcohol or weapons came up"),
    Category.DANGEROUS_ACTS: marked("Something dangerous may be going on"),
    Category.PERSONAL_INFO: marked("Private details were about to be shared"),
    Category.STRANGER_GROOMING: marked("Signs of a stranger, a secret or a meeting"),
    Category.MANIPULATION: marked("A conversation became too clingy"),
    Category.PROFANITY: marked("Strong language came up"),
    Category.MEDICAL_LEGAL: marked("A health question that needs a grown-up"),
    Category.JAILBREAK: marked("An attempt to get around the rules"),
    Category.CHILD_DISCLOSURE: marked("Your child may have spoken of being hurt or frightened"),
    Category.CRIME: marked("Stealing or cheating came up"),
    Category.SCARY: marked("Something very scary came up"),
    Category.AGE_INAPPROPRIATE: marked("A subject for older people came up"),
    Category.BLOCKED_TOPIC: marked("A topic that you blocked came up"),
    Category.UNCHECKED: marked("The guard could not check something, so it was held back"),
}

EMERGENCIES: Final = {
    "fire": marked("Your child says that something is on fire"),
    "gas": marked("Your child smells gas, or hears its alarm"),
    "breath": marked("Your child says that somebody can't breathe"),
    "swallowed": marked("Your child says that something dangerous was swallowed"),
    "bleeding": marked("Your child says that somebody is bleeding badly"),
    "unconscious": marked("Your child says that somebody doesn't wake up or move"),
    "water": marked("Your child says that somebody is in danger in water"),
    "height": marked("Your child says that somebody may fall from high up"),
    "trapped": marked("Your child says that somebody is shut in"),
    "intruder": marked("Your child says that a stranger is breaking in or following them"),
    "weapon": marked("Your child says that somebody has a real weapon"),
    "electric": marked("Your child says that somebody got an electric shock"),
    "injured": marked("Your child says that somebody is badly hurt"),
    "lost": marked("Your child says that somebody is lost"),
    "nature": marked("Your child speaks of an earthquake, a flood or a storm"),
    "alone": marked("Your child says that they are home alone"),
}
"""The titles of what is going on now, by `Verdict.kind`."""


class AlertMaker:
    """An alert is on the disk when the call that made it returns. All raise DataError where it can't be."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def tell_of(self, verdict: Verdict, turn: Turn, guard: Guard) -> None:
        """What came up in `turn`, where the verdict asks for it."""
        if verdict.alert is None:
            return
        country = (await self._store.household.get()).country
        helplines = guard.helplines(verdict, country)
        if alert := alert_for(verdict, turn, self._clock, helplines):
            await self._store.alerts.add(alert)

    async def tell(
        self,
        level: AlertLevel,
        title: str,
        details: Mapping[str, str],
        *,
        toy_id: str | None = None,
        acknowledged: bool = False,
    ) -> None:
        """What happened just now; it is told each time. `acknowledged`: nobody has to do that."""
        now = self._clock.now()
        await self._store.alerts.add(
            Alert(
                id=uuid.uuid4().hex,
                level=level,
                category=Category.NONE,
                title=title,
                at=now,
                toy_id=toy_id,
                acknowledged_at=now if acknowledged else None,
                done_at=now if acknowledged else None,
                details=dict(details),
            )
        )

    async def tell_unless_told(
        self,
        level: AlertLevel,
        title: str,
        details: Mapping[str, str],
        *,
        since: datetime,
        toy_id: str | None = None,
        same: str = "",
        until_seen: bool = False,
    ) -> bool:
        """What lasts: whether they are told now, and were not already.

        They were where an alert with this title about this toy was made after `since`, or, with `until_seen`, has
        not been acknowledged yet. `same` names a detail that makes it another alert where it differs.
        """
        for earlier in await self._store.alerts.list(MAX_ALERTS_SEARCHED):
            is_same = (earlier.title, earlier.toy_id, earlier.details.get(same)) == (
                title,
                toy_id,
                details.get(same),
            )
            if is_same and (earlier.at > since or (until_seen and earlier.acknowledged_at is None)):
                return False
        await self.tell(level, title, details, toy_id=toy_id)
        return True

    async def note(self, title: str, reason: str = "") -> None:
        """What a grown-up did: for the pages alone, and nobody has to acknowledge it."""
        details = {"reason": reason} if reason else {}
        await self.tell(AlertLevel.INFO, title, details, acknowledged=True)


def alert_for(
    verdict: Verdict, turn: Turn, clock: Clock, helplines: Sequence[Helpline] = ()
) -> Alert | None:
    """The alert that a verdict on `turn` asks for; None when the parent need not be told."""
    if verdict.alert is None:
        return None
    details = {
        "severity": str(verdict.severity),
        "layer": verdict.layer,
        "rules_version": verdict.rules_version,
        "reason": verdict.reason,
    }
    if turn.tried:
        details["tried"] = "on the pages"
    if helplines:
        details["helpline"] = "; ".join(str(line) for line in helplines)
    return Alert(
        id=uuid.uuid4().hex,
        level=verdict.alert,
        category=verdict.category,
        title=EMERGENCIES.get(verdict.kind) or TITLES[verdict.category],
        at=clock.now(),
        toy_id=turn.toy_id,
        turn_id=turn.id,
        details=details,
    )
