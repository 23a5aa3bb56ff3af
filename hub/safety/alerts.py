"""Turns a verdict that a parent should know of into an alert, without anybody's words in it."""

from collections.abc import Sequence
from uuid import uuid4

from hub.domain.clock import Clock
from hub.domain.safety import Alert, Category, Verdict
from hub.domain.talk import Turn
from hub.safety.helplines import Helpline

TITLES = {
    Category.NONE: "Something worth a look was said",
    Category.VIOLENCE: "Talk of hurting someone",
    Category.SELF_HARM: "Talk of self-harm or of not wanting to live",
    Category.SEXUAL: "A sexual subject came up",
    Category.HATE_BULLYING: "Hateful or bullying words came up",
    Category.DRUGS_ALCOHOL_WEAPONS: "Drugs, alcohol or weapons came up",
    Category.DANGEROUS_ACTS: "Something dangerous may be going on",
    Category.PERSONAL_INFO: "Private details were about to be shared",
    Category.STRANGER_GROOMING: "Signs of a stranger, a secret or a meeting",
    Category.MANIPULATION: "A conversation turned too clinging",
    Category.PROFANITY: "Strong language came up",
    Category.MEDICAL_LEGAL: "A health question that needs a grown-up",
    Category.JAILBREAK: "An attempt to get around the rules",
    Category.CHILD_DISCLOSURE: "Your child may have told of being hurt or frightened",
    Category.CRIME: "Stealing or cheating came up",
    Category.SCARY: "Something very scary came up",
    Category.AGE_INAPPROPRIATE: "A subject for older people came up",
    Category.BLOCKED_TOPIC: "A topic that you blocked came up",
    Category.UNCHECKED: "The guard could not check something, so it was refused",
}


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
        id=uuid4().hex,
        level=verdict.alert,
        category=verdict.category,
        title=TITLES[verdict.category],
        at=clock.now(),
        toy_id=turn.toy_id,
        turn_id=turn.id,
        details=details,
    )
