"""What a child wants of a toy, as far as limits ask: to chat, a story, a game, or to know how long is left."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.domain.play.limits import Kind, Pastime
from hub.domain.talks.talk import Turn

GOES_ON: Final = timedelta(minutes=3)
"""After a longer silence a story or game has ended."""

_STORY = re.compile(
    r"\b(story|stories|tale|tales|fairytale|geschichten?|märchen|cuentos?|historia|histoires?|contes?)\b|கதை",
    re.IGNORECASE,
)
_GAME = re.compile(
    r"\b(games?|riddles?|quiz|guessing|spiel(en)?|rätsel|juegos?|jugar|jugamos|adivinanzas?|jeux?|jouer|jouons|"
    r"devinettes?)\b|\b(let'?s|can we|will you|wanna|want to) play\b|விளையாட|விடுகதை",
    re.IGNORECASE,
)
_ON = re.compile(
    r"^\W*(yes|yeah|yep|please|okay|ok|more|go on|and then|then what|what happen\w*|what('?s| is) next|keep going|"
    r"continue|ja|bitte|weiter|mehr|und dann|sí|si|más|sigue|y luego|oui|encore|continue|et après|ஆமா\w*|சரி)\b",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"\bhow (long|much (longer|time)|many (more )?minutes)\b.*\b(do i|do we|have i|can i|can we|may i|may we|left|"
    r"until|till)\b|\bhow much time\b.*\bleft\b|\bwie (lange|viel zeit|viele minuten)\b.*\b(noch|übrig|darf|haben)\b|"
    r"\bcuánto tiempo\b.*\b(queda|tengo|tenemos|falta)\b|\bcuántos minutos\b.*\bquedan?\b|"
    r"\bcombien de (temps|minutes)\b.*\b(reste|ai|avons|encore)\b|எவ்வளவு நேரம்.*(இருக்கு|உள்ள|மிச்ச)",
    re.IGNORECASE,
)
_OF_ELSE = re.compile(
    r"\b(until|till|before) (?!bed|we (have to )?stop|i (have to )?stop)\w+|"
    r"\bhow long (do|does|did|can|is|are) (?!i\b|we\b)\w+|\b(live|lives|lived|grow|take|takes|took|away|timer)\b",
    re.IGNORECASE,
)
"""The same words, asked of something else: "how long do whales live?"."""
_ASKED = {
    Pastime.RIDDLE: r"riddles?|puzzles?|brain teasers?|rätsel|adivinanzas?|devinettes?|விடுகதை",
    Pastime.GUESSING: r"guessing game|guess (?:an |the |what )?animals?|twenty questions",
    Pastime.JOKE: r"jokes?|witze?|chistes?|blagues?",
    Pastime.RHYME: r"songs?|rhymes?|poems?|lied(?:er)?|gedichte?|canci(?:ó|o)n(?:es)?|chansons?|comptines?",
    Pastime.TALE: r"story|stories|tales?|fairytales?|geschichten?|märchen|cuentos?|histoires?|contes?",
}
_ASKS = (
    r"^\W*(?:please |(?:an?|some|another|one more|more|the next) )*(?:{what})\b|"
    r"\b(?:tell|read|sing|ask|give|play|say|can|could|want|wanna|lets|let'?s|another|one more|know any|"
    r"erzähl\w*|sing\w*|sag|cuént\w*|canta\w*|dime|quiero|raconte\w*|chante\w*|dis)\b.*\b(?:{what})\b"
)
_TELLS = re.compile(
    r"^\W*(?:and |but )?(?:i|we|my \w+|he|she|they) (?:just )?"
    r"(?:know|like|love|had|have|heard|read|sang|told|made|can)\b|"
    r"\b(?:don'?t|do not) (?:want|like)\b|\babout (?:a |the )?(?:joke|riddle|song|story)\b|\blet me tell\b|"
    r"\bi (?:want to|wanna|can|will|could) (?:tell|sing)\b|^\W*no\b",
    re.IGNORECASE,
)
"""What a child does itself or doesn't want."""
_PASTIMES = {
    pastime: re.compile(_ASKS.format(what=what), re.IGNORECASE) for pastime, what in _ASKED.items()
}


@dataclass(frozen=True, slots=True)
class Wish:
    kind: Kind = Kind.CHAT
    begins: bool = True
    """It is new; else a story's or game's next part."""


def asks_what_is_left(heard: str) -> bool:
    """Whether the child asks how long it may still play."""
    return bool(_LEFT.search(heard)) and not _OF_ELSE.search(heard)


def pastime_asked(heard: str) -> Pastime | None:
    """What a model is asked to tell or play, of what a parent may switch off."""
    if _TELLS.search(heard):
        return None
    return next((pastime for pastime, asked in _PASTIMES.items() if asked.search(heard)), None)


def wish_of(
    heard: str, now: datetime, before: Sequence[Turn], was_refused: Callable[[Turn], bool]
) -> Wish:
    """What is meant by `heard` at `now`, after the turns of this conversation, the oldest first.

    `was_refused`: limits stood against that turn. What it was meant to be was not begun, so it does not go on, and a
    "yes" is to the story that the toy offered in its place.
    """
    wish, latest, refused = Wish(), None, False
    for turn in before:
        refused = was_refused(turn)
        wish = Wish(Kind.STORY) if refused else _next(wish, latest, turn.heard, turn.started_at)
        latest = turn
    wish = _next(wish, latest, heard, now)
    return Wish(wish.kind) if refused else wish


def _next(before: Wish, turn: Turn | None, heard: str, at: datetime) -> Wish:
    """`before` is what was meant in `turn`, the one before."""
    if _goes_on(before, turn, heard, at):
        return Wish(before.kind, begins=False)
    if _STORY.search(heard):
        return Wish(Kind.STORY)
    if _GAME.search(heard):
        return Wish(Kind.GAME)
    return Wish()


def _goes_on(before: Wish, turn: Turn | None, heard: str, at: datetime) -> bool:
    if before.kind is Kind.CHAT or turn is None or not turn.said:
        return False
    answer_ms = turn.audio_in_ms + turn.audio_out_ms
    if at - turn.started_at > GOES_ON + timedelta(milliseconds=answer_ms):
        return False
    if _STORY.search(heard) or _GAME.search(heard):
        return False
    if _ON.search(heard):
        return True
    return before.kind is Kind.GAME and turn.said[-1].rstrip().endswith("?")
