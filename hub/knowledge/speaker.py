"""Who speaks to a toy: its one child, who of its children said "it's Lucy" in this talk, or whom a parent named.

It is a guess that a sibling can lead astray, so nothing that must be safe hangs on it: a toy that takes its speaker
for an older child is as careful as a parent set the toy itself, and no less. A name alone makes no child.
A recogniser writes a name as it likes, so names are compared by how they sound. The usual codes for that (Soundex,
Metaphone) leave the vowels out, and would take "I'm lazy" for Lucy and Tim for Tom; so here they stay.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.domain.family.children import Child
from hub.domain.talks.talk import UNASKED, Turn
from hub.domain.toys import Toy
from hub.storage.repositories.turns import CONVERSATION_GAP

_CALLED = (
    r"my name is|my name'?s|i am called|i'?m called|ich heiße|mein name ist|me llamo|je m'appelle"
)
_INTRODUCED = re.compile(
    rf"\b(?:i am|i'?m|this is|{_CALLED}|ich bin(?:'?s,?)?(?: der| die)?|hier (?:ist|spricht)(?: der| die)?|"
    r"soy|je suis|c'est moi,?) ",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:i am not|i'?m not|this is not|this isn'?t|it'?s not|my name is not|my name isn'?t|ich bin nicht|no soy|"
    r"je ne suis pas)(?: der| die)? ",
    re.IGNORECASE,
)
_STRANGER = re.compile(rf"\b(?:{_CALLED}) ([^\W\d_]{{2,20}})", re.IGNORECASE)
_NOT_A_NAME: Final = frozenset({"not", "the", "a", "what", "so", "by", "too", "very", "nicht"})
_GREETING = (
    r"^(?:(?:hi|hello|hey|yes|no|oh|me|now|hallo|ja|nein|ich|hola|sí|yo|salut|oui|moi)[,!. ]+)*"
)
_IT_IS = re.compile(rf"{_GREETING}(?:it'?s(?: me,?)?|es ist|c'est) ", re.IGNORECASE)
_FIRST = re.compile(_GREETING, re.IGNORECASE)
_YES = re.compile(r"(?:yes|yeah|yep|yup|ja|genau|sí|si|oui|हाँ|हां|ஆம்|ஆமா|ஆமாம்)(?!\w)", re.IGNORECASE)
_NO = re.compile(r"(?:no|nope|nein|nee|non|नहीं|இல்லை)(?!\w)", re.IGNORECASE)
_OF_ELSE: Final = frozenset({"who", "that", "has", "is", "did", "turn", "der", "die", "qui", "que"})
"""After "it's Lucy": it was she who did something, and somebody else tells of it."""
_HERE: Final = frozenset({"here", "speaking", "hier", "aquí", "ici"})
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_MAX_WORDS: Final = 3
"""Of one name, as a recogniser may divide it."""
_SOUNDS: Final = (
    *(("sch|sh", "ʃ"), ("ph", "f"), ("ch(?=[lro])", "k"), ("ch", "ʧ"), ("h", "")),
    *(("x", "ks"), ("c(?=[eiy])|z", "s"), ("[cq]", "k"), ("dt$", "t"), ("oey$", "oe")),
    *(("a[iy]|e[i](?!$)", "a"), ("oo|ou", "u"), ("ie|ee|ey|y", "i")),
    *((r"(.)\1e$", r"\1"), (r"(.)\1+", r"\1")),
)
"""Letters that are written for the same sound, one after the other; rough, and for Latin letters alone."""


def who_speaks(
    toy: Toy,
    family: Sequence[Child],
    before: Sequence[Turn],
    heard: str,
    now: datetime,
    *,
    asked: bool = False,
    offered: str | None = None,
) -> str | None:
    """The id of the child of `toy` who said `heard` at `now`; None where it isn't known, or is somebody else.

    `family` is the household's children, `before` the talk so far, the oldest first. `asked`: the toy has just
    asked who speaks, so that a name alone is an answer; or whether it is the child with the id `offered`, to which a
    yes or a no is.
    """
    said = " ".join(heard.replace("’", "'").split())
    before = [turn for turn in before if turn.source not in UNASKED]
    if child := _introduced(family, said, asked=asked):
        return child.id if child.id in toy.child_ids else None
    for denied in _DENIED.finditer(said):
        if child := _named(family, _words(said, denied.end())):
            return _the_other(toy, child.id)
    if offered and _YES.match(said):
        return offered if offered in toy.child_ids else None
    if offered and _NO.match(said):
        return _the_other(toy, offered)
    if (named := _STRANGER.search(said)) and named[1].casefold() not in _NOT_A_NAME:
        return None
    if (chosen := _chosen(toy, before, now)) or before:
        known = chosen or before[-1].child_id
        return known if known in toy.child_ids else None
    return toy.child_id


def with_visitor(toy: Toy, family: Sequence[Child]) -> Sequence[Child]:
    """With the friend who visits, who is no child of the toy's."""
    return [*family, Child(toy.visit.id, toy.visit.name)] if toy.visit else family


def has_now(toy: Toy, now: datetime) -> str | None:
    """The id of the child whom a parent named within the silence that ends a talk; None: nobody was."""
    if toy.held_since is None or abs(now - toy.held_since) >= CONVERSATION_GAP:
        return None
    return toy.held_by


def is_answer_alone(family: Sequence[Child], heard: str, *, offered: bool) -> bool:
    """Whether a child says who it is, and nothing else; `offered`: also by a yes or a no."""
    said = " ".join(heard.replace("’", "'").split())
    if offered and (_YES.match(said) or _NO.match(said)) and len(said.split()) <= _MAX_WORDS:
        return True
    child = _introduced(family, said, asked=True)
    return child is not None and len(_words(said, 0)) <= len(_words(child.name, 0)) + _MAX_WORDS


def sound_of(name: str) -> str:
    """The same for names that sound alike, such as Lucy and Lucie, Sara and Sarah."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    sound = "".join(each for each in plain if each.isalpha())
    for letters, instead in _SOUNDS:
        sound = re.sub(letters, instead, sound)
    return sound


def _introduced(family: Sequence[Child], said: str, *, asked: bool) -> Child | None:
    for introduced in _INTRODUCED.finditer(said):
        if child := _named(family, _words(said, introduced.end())):
            return child
    if (it_is := _IT_IS.match(said)) and (
        child := _named(family, _words(said, it_is.end()), but=_OF_ELSE)
    ):
        return child
    first = _FIRST.match(said)
    words = _words(said, first.end() if first else 0)
    here = next((at for at, word in enumerate(words) if word.casefold() in _HERE), 0)
    if here or (asked and len(words) <= _MAX_WORDS):
        return _called(family, words[: here or None])
    return None


def _named(
    family: Sequence[Child], words: Sequence[str], but: frozenset[str] = frozenset()
) -> Child | None:
    """Whose name the words begin with; None where nobody's, or where one of `but` follows it."""
    for count in range(min(_MAX_WORDS, len(words)), 0, -1):
        followed = words[count].casefold() if len(words) > count else ""
        if followed not in but and (child := _called(family, words[:count])):
            return child
    return None


def _called(family: Sequence[Child], words: Sequence[str]) -> Child | None:
    """Who is called so; None where nobody is, or two sound like it."""
    name = " ".join(words).casefold()
    exact = [child for child in family if child.name.casefold() == name]
    sound = sound_of(name)
    alike = exact or [child for child in family if sound and sound_of(child.name) == sound]
    return alike[0] if len(alike) == 1 else None


def _words(said: str, start: int) -> list[str]:
    return _WORD.findall(said[start:])


def _chosen(toy: Toy, before: Sequence[Turn], now: datetime) -> str | None:
    """Whom a parent named since the last turn, and for the present talk."""
    child_id = has_now(toy, now)
    return child_id if not before or before[-1].started_at <= (toy.held_since or now) else None


def _the_other(toy: Toy, child_id: str) -> str | None:
    others = toy.child_ids - {child_id}
    two = len(toy.child_ids) == 2 and len(others) == 1 and toy.visit is None
    return next(iter(others)) if two else None
