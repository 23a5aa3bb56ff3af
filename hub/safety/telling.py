"""Whether parents are told of a verdict: at once (urgent, warning), in the day's digest (a look), or not.

`told(verdict, direction)` is the one place that decides it, over every layer's verdict.
"""

from dataclasses import replace

from hub.domain.safety import DISCLOSURES, AlertLevel, Category, Direction, Verdict

TOLD_AT_ONCE = DISCLOSURES | {Category.STRANGER_GROOMING}
"""What a child says of these is a warning at least, wherever it is refused, and whichever layer refused it."""
WORTH_A_LOOK = frozenset({
    Category.VIOLENCE, Category.SEXUAL, Category.HATE_BULLYING, Category.DRUGS_ALCOHOL_WEAPONS,
    Category.DANGEROUS_ACTS, Category.PERSONAL_INFO, Category.MEDICAL_LEGAL,
})  # fmt: skip
"""Where a refused line of a child's may be more than curiosity."""


def told(verdict: Verdict, direction: Direction) -> Verdict:
    """The verdict with the alert, or the look, that parents get of it.

    What a toy was kept from saying nobody heard: it is in the transcript, and parents are told of it
    only where it could not be checked.
    """
    if direction is Direction.TOY:
        alert = verdict.alert if verdict.category is Category.UNCHECKED else None
        return replace(verdict, alert=alert, look=False)
    refused = not verdict.allowed
    if verdict.alert in (AlertLevel.WARNING, AlertLevel.URGENT):
        return replace(verdict, look=False)
    if refused and verdict.category in TOLD_AT_ONCE:
        return replace(verdict, alert=AlertLevel.WARNING, look=False)
    hinted = verdict.look or verdict.alert is not None
    return replace(
        verdict, alert=None, look=hinted or (refused and verdict.category in WORTH_A_LOOK)
    )
