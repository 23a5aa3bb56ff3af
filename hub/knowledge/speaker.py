"""Who speaks to a toy: its one child, or who of its children said "it's Lucy" in this talk.

It is a guess that a sibling can lead astray, so nothing that must be safe hangs on it. A name alone makes no child.
"""

import re
from collections.abc import Sequence

from hub.domain.family.children import Child
from hub.domain.talk import Turn
from hub.domain.toys import Toy

_INTRODUCED = r"(?:i am|i'?m|this is|my name is|my name'?s|i am called|i'?m called)"
_STRANGER = re.compile(
    r"\b(?:my name is|my name'?s|i am called|i'?m called) ([^\W\d_]{2,20})", re.IGNORECASE
)
_NOT_A_NAME = frozenset({"not", "the", "a", "what", "so", "by", "too", "very"})


def who_speaks(toy: Toy, family: Sequence[Child], before: Sequence[Turn], heard: str) -> str | None:
    """The id of the child of `toy` who said `heard`; None where it isn't known, or is somebody else.

    `family` is the household's children, `before` the talk so far, the oldest first.
    """
    said = " ".join(heard.replace("’", "'").split())
    for child in family:
        if _is_introduced(child.name, said):
            return child.id if child.id in toy.child_ids else None
        if _is_denied(child.name, said):
            return _the_other(toy, child.id)
    if (named := _STRANGER.search(said)) and named[1].casefold() not in _NOT_A_NAME:
        return None
    if before:
        known = before[-1].child_id
        return known if known in toy.child_ids else None
    return toy.child_id


def _is_introduced(name: str, said: str) -> bool:
    called = rf"{re.escape(name)}\b(?!'?s\b)"
    greeting = r"(?:(?:hi|hello|hey|yes|no|oh)[,!. ]+)*"
    return bool(
        re.search(rf"\b{_INTRODUCED} {called}", said, re.IGNORECASE)
        or re.match(
            rf"{greeting}it'?s {called}(?! (?:who|that|has|is|did|turn)\b)", said, re.IGNORECASE
        )
        or re.match(rf"{greeting}{called} (?:here|speaking)\b", said, re.IGNORECASE)
    )


def _is_denied(name: str, said: str) -> bool:
    not_me = (
        r"(?:i am not|i'?m not|this is not|this isn'?t|it'?s not|my name is not|my name isn'?t)"
    )
    return bool(re.search(rf"\b{not_me} {re.escape(name)}\b(?!'?s\b)", said, re.IGNORECASE))


def _the_other(toy: Toy, child_id: str) -> str | None:
    others = toy.child_ids - {child_id}
    return next(iter(others)) if len(toy.child_ids) == 2 and len(others) == 1 else None
