"""Puts words together that were said letter by letter: "k i l l", "kay eye ell ell", "kilo india lima lima"."""

from collections.abc import Iterator, Sequence
from itertools import product

from hub.safety.text.lexicon import END, lexicon

MIN_LETTERS = 3
"""So many single letters in a row are a spelled word."""
_LETTER_WORDS = frozenset("aiu")
"""Letters that may stand beside a spelled word as words of their own; the "s" of a spelled shell doesn't."""
MIN_NAMES = 2
"""So many names of letters that are no words of their own tell that somebody spells."""
MIN_PIECE = 2.5
"""Letters of each word on average, where what was spelled is several."""

_LETTER_NAMES = {
    "ay": "a", "cee": "c", "dee": "d", "ee": "e", "eff": "f", "ef": "f", "gee": "g", "jee": "g",
    "aitch": "h", "haitch": "h", "jay": "j", "kay": "k", "el": "l", "ell": "l", "en": "n", "pee": "p",
    "cue": "q", "ar": "r", "ess": "s", "es": "s", "tee": "t", "vee": "v", "ex": "x", "zee": "z",
    "zed": "z", "dubya": "w",
    "alpha": "a", "alfa": "a", "bravo": "b", "charlie": "c", "delta": "d", "echo": "e",
    "foxtrot": "f", "golf": "g", "hotel": "h", "india": "i", "juliet": "j", "juliett": "j",
    "kilo": "k", "lima": "l", "mike": "m", "november": "n", "oscar": "o", "papa": "p",
    "quebec": "q", "romeo": "r", "sierra": "s", "tango": "t", "uniform": "u", "victor": "v",
    "whiskey": "w", "xray": "x", "yankee": "y", "zulu": "z",
}  # fmt: skip
_WORDS_LIKE_LETTERS = {
    "bee": "b", "be": "b", "see": "c", "sea": "c", "eye": "i", "okay": "k", "em": "m", "am": "m",
    "oh": "o", "queue": "q", "are": "r", "tea": "t", "you": "u", "why": "y", "in": "n", "and": "n",
}  # fmt: skip
"""Letters only beside letters, as they are words of their own too."""


def letters_joined(tokens: Sequence[str]) -> list[str]:
    """Words for rows of letters, said or named: "k i l l" and "kay eye ell ell" are "kill"."""
    out: list[str] = []
    row: list[tuple[str, list[str]]] = []
    for letters, said in [*_letters(tokens), ("", [])]:
        if letters:
            row.append((letters, said))
            continue
        if row:
            out += _word_of(row)
            row.clear()
        out += said
    return out


def _letters(tokens: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each token, or the few that name one letter, with the letters they are; "" for other words."""
    place = 0
    while place < len(tokens):
        said, following = tokens[place], [*tokens[place + 1 : place + 4], "", "", ""]
        size, letters = 1, _LETTER_NAMES.get(said) or _WORDS_LIKE_LETTERS.get(said, "")
        if _is_letter(said):
            letters = said
            if following[0] in ("for", "as", "like"):  # "k for kite", "k as in kite"
                example = following[2 if following[1] == "in" else 1]
                size = 1 if example[:1] != said else 4 if following[1] == "in" else 3
        elif said == "double" and (following[0] in ("u", "you")):
            size, letters = 2, "w"
        elif said == "double" and (one := _LETTER_NAMES.get(following[0], following[0])):
            size, letters = (2, one * 2) if len(one) == 1 else (1, "")
        elif said == END and place and _is_letter(tokens[place - 1]) and _is_letter(following[0]):
            place += 1  # "k.i.l.l"
            continue
        yield letters, list(tokens[place : place + size])
        place += size


def _word_of(row: Sequence[tuple[str, list[str]]]) -> list[str]:
    """The watched words in a row of letters, what was said around them as it stands.

    Without any, single letters still make a word, and names of letters make known ones.
    """
    for start, stop in sorted(product(range(3), range(3)), key=sum):
        inner, around = row[start : len(row) - stop], [*row[:start], *row[len(row) - stop :]]
        if len(inner) < MIN_LETTERS or any(letter not in _LETTER_WORDS for letter, _ in around):
            continue
        word = "".join(letters for letters, _ in inner)
        words = [word] if lexicon().is_watched(word) else lexicon().split(word)
        if words:
            return [*_said(row[:start]), *words, *_said(row[len(row) - stop :])]
    if len(row) >= MIN_LETTERS and all(letters == said[0] for letters, said in row):
        return ["".join(letters for letters, _ in row)]
    return _known_words(row) or _said(row)


def _known_words(row: Sequence[tuple[str, list[str]]]) -> list[str]:
    """The words that a row of letters' names makes, watched or not; [] where nobody spells."""
    names = sum(said[0] not in _WORDS_LIKE_LETTERS for _, said in row)
    if len(row) < MIN_LETTERS or names < MIN_NAMES:
        return []
    letters = "".join(letters for letters, _ in row)
    words = [letters] if lexicon().knows(letters) else lexicon().likeliest(letters)
    return words if len(letters) >= MIN_PIECE * len(words) else []


def _said(row: Sequence[tuple[str, list[str]]]) -> list[str]:
    return [token for _, said in row for token in said]


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isalpha() and token.isascii()
