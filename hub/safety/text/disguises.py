"""Undoes what children do to hide a word: digits and stars in it, letters apart, backwards, pig latin.

Each repair ends in a word that `lexicon` knows, mostly in one of the few watched ones; a text that is
no disguise comes out as it went in. `bare_words` works on folded text with all its signs,
`undisguised` on the tokens that are left of it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from hub.safety.classifier.words import word_vectors
from hub.safety.text.lexicon import END, lexicon
from hub.safety.text.spelled import letters_joined

MIN_LETTERS = 3
"""So many letters a word must have beside its digits, to be read without them where it is none even so."""
MIN_SCRAMBLED = 4
"""Shorter words turn into others by chance."""
SHORT_PIECE = 3
"""The word vectors know shorter ones that are no words, but short forms and initials."""
MIN_RUN_TOGETHER = 7
LONG_PIECES = 5
"""Of so long a word one piece may be a word too: "sh it" is none, "k nife" is."""
MIN_BACKWARDS = 4
"""Shorter words turn into others by chance, unless somebody says "backwards"."""
MAX_GUESSES = 32
"""At most so many spellings of one word are tried."""
_EDGE_SIGNS = ".,!?;:\"'()[]{}<>…-–—_~^/\\"
_LEET = {
    "0": ("o",), "1": ("i", "l", "one"), "2": ("to",), "3": ("e",), "4": ("a",), "5": ("s",),
    "6": ("g", "b"), "7": ("t",), "8": ("b", "ate"), "9": ("g",), "@": ("a",), "$": ("s",),
    "!": ("i", "l"), "|": ("i", "l"), "+": ("t",), "€": ("e",), "£": ("l",), "(": ("c",),
}  # fmt: skip
_LONE_DIGITS = {"1": "i", "2": "to", "4": "for"}
_MASKED = re.compile(r"[a-z]+[*#_%•·]+[a-z]*|[a-z]+[-.][a-z]+")
_MASK = re.compile(r"[*#_%•·.-]")
_RUN = re.compile(r"([a-z])\1+")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_CONSONANTS = "bcdfghjklmnpqrstvwxz"


def bare_words(folded: str) -> str:
    """`folded` with letters for the digits, signs and stars that stand in words."""
    if folded.replace(" ", "").isalpha():
        return folded
    tokens = folded.split()
    bare = [_bare(token) for token in tokens]
    if any(old != new and lexicon().is_watched(new) for old, new in zip(tokens, bare, strict=True)):
        bare = [_LONE_DIGITS.get(token, token) for token in bare]
    return " ".join(bare)


@lru_cache(maxsize=4096)
def _bare(token: str) -> str:
    """One token without leetspeak and masks; as it is where that makes no word."""
    if token.isalpha() or not any("a" <= char <= "z" for char in token):
        return token
    core = token.strip(_EDGE_SIGNS)
    if core.isalpha():
        return token
    masked = core.replace("'", "")
    if _MASKED.fullmatch(masked) and (word := _unmasked(masked)):
        return word
    guesses = _guesses([_LEET.get(char, (char,)) for char in core])
    words = [guess for guess in guesses if guess.isalpha()]
    squeezed = [word for guess in words for word in _squeezed(guess)]
    if word := lexicon().best(words + squeezed):
        return word
    return words[0] if words and sum(map(str.isalpha, core)) >= MIN_LETTERS else token


def _guesses(options: Sequence[tuple[str, ...]]) -> list[str]:
    """Every spelling, or with the first option at each place where those would be too many."""
    count = 1
    for option in options:
        count *= len(option)
    if count > MAX_GUESSES:
        options = [option[:1] for option in options]
    return ["".join(letters) for letters in product(*options)]


def _unmasked(core: str) -> str | None:
    """The watched word that fits "f**k"; a "-" or "." may stand for a letter or for nothing.

    Without any, the commonest word that fits, where only stars are missing.
    """
    known = lexicon()
    joined = _MASK.sub("", core)
    if "*" not in core and known.is_watched(joined):
        return joined
    if core.count("-") + core.count(".") and len(core) < 4:
        return None
    fits = re.compile(_MASK.sub("[a-z]", core))
    common = known.costs if "*" in core and len(core) >= MIN_SCRAMBLED else ()
    words = (*known.by_length.get(len(core), ()), *common)
    return next((word for word in words if fits.fullmatch(word)), None)


def undisguised(tokens: list[str]) -> list[list[str]]:
    """Token lists with every disguise undone: as they stand, with words said backwards turned, and
    with every strange word as the common one that it is when put in order."""
    spelled = letters_joined(tokens)
    known = lexicon()
    if all(known.knows(token) or token == END for token in spelled):
        return [spelled]
    whole = [word for token in _pieces_joined(spelled) for word in _undressed(token)]
    plain = _from_pig_latin(whole)
    forward, turned = _forward(plain)
    lists = [forward, _in_order(spelled)]
    return lists if turned is None else [*lists, turned]


def _in_order(tokens: Sequence[str]) -> list[str]:
    """Common words for those that were split or whose letters stand in a wrong order: "pu sh", "wnat"."""
    out: list[str] = []
    place = 0
    while place < len(tokens):
        if joined := _joined(tokens[place : place + 2]):
            out.append(joined)
            place += 2
            continue
        out.append(_reordered(tokens[place]))
        place += 1
    return out


def _joined(pieces: Sequence[str]) -> str | None:
    whole = "".join(pieces).replace("'", "")
    long_enough = len(pieces) == 2 and len(whole) >= MIN_SCRAMBLED
    if long_enough and lexicon().knows(whole) and any(map(_is_strange, pieces)):
        return whole
    return None


@lru_cache(maxsize=4096)
def _reordered(token: str) -> str:
    bare = token.replace("'", "")
    if len(bare) < MIN_SCRAMBLED or not _is_strange(token):
        return token
    return lexicon().in_order(bare) or token


@lru_cache(maxsize=4096)
def _is_strange(token: str) -> bool:
    """Whether it is no English word at all, as far as we know."""
    bare = token.replace("'", "")
    if not bare.isascii() or not bare.isalpha() or lexicon().knows(bare):
        return False
    return len(bare) < SHORT_PIECE or not word_vectors().knows(bare, bare)


@lru_cache(maxsize=4096)
def _undressed(token: str) -> tuple[str, ...]:
    """The words behind one token that is none itself."""
    known = lexicon()
    token = token.replace("'", "") if _LONG_RUN.search(token) else token
    if known.knows(token) or not token.isascii() or not token.isalpha():
        return (token,)
    if token in known.spelled:
        return tuple(known.spelled[token].split())
    if word := known.best(_squeezed(token)):
        if _LONG_RUN.search(token) or known.is_watched(word):
            return (known.spelled.get(word, word),)
    elif _LONG_RUN.search(token):
        token = _LONG_RUN.sub(r"\1", token)
    if word := known.without_vowels(token):
        return (word,)
    if len(token) >= MIN_RUN_TOGETHER and (words := known.split(token)):
        return tuple(words)
    return (token,)


def _squeezed(word: str) -> list[str]:
    """Spellings with each run of a letter as one or two of it: "kiill" may be "kill"."""
    parts: list[tuple[str, ...]] = []
    place = 0
    for run in _RUN.finditer(word):
        letter = run.group(1)
        parts += [(word[place : run.start()],), (letter * 2, letter)]
        place = run.end()
    return _guesses([*parts, (word[place:],)]) if parts else []


def _pieces_joined(tokens: Sequence[str]) -> list[str]:
    """Watched words that a border broke in two or three: "sui cide", "gre nade"."""
    out: list[str] = []
    place = 0
    while place < len(tokens):
        size = next((size for size in (3, 2) if _is_broken(tokens[place : place + size], size)), 1)
        out.append("".join(tokens[place : place + size]))
        place += size
    return out


def _is_broken(pieces: Sequence[str], size: int) -> bool:
    """Whether `pieces` are one watched word, and not words of their own."""
    known = lexicon()
    whole = "".join(pieces)
    if len(pieces) < size or whole not in known.watched:
        return False
    strange = [not known.knows(piece) for piece in pieces]
    return all(strange) or (any(strange) and len(whole) >= LONG_PIECES)


def _from_pig_latin(tokens: list[str]) -> list[str]:
    """ "kill" for "illkay" where two words look so, or the one that does is a watched word."""
    known = lexicon()
    found = {
        place: word
        for place, token in enumerate(tokens)
        if token.endswith("ay") and not known.knows(token) and (word := _unpigged(token))
    }
    if len(found) < 2 and not any(known.is_watched(word) for word in found.values()):
        return tokens
    return [found.get(place, token) for place, token in enumerate(tokens)]


def _unpigged(token: str) -> str | None:
    """`token` with up to three of its last consonants back in front; None where that is no word."""
    stem = token.removesuffix("ay")
    tail = len(stem) - len(stem.rstrip(_CONSONANTS))
    turned = [stem[len(stem) - n :] + stem[: len(stem) - n] for n in range(1, min(tail, 3) + 1)]
    return lexicon().best([*turned, stem.removesuffix("w")])


def _forward(tokens: list[str]) -> tuple[list[str], list[str] | None]:
    """Words said backwards put right where they stand, and as one sentence said backwards."""
    known = lexicon()
    backwards = [token for token in tokens if token in known.backwards and not known.knows(token)]
    if not backwards or (max(map(len, backwards)) < MIN_BACKWARDS and "backwards" not in tokens):
        return tokens, None
    forward = [_turned(token) for token in tokens]
    turned: list[str] = []
    run: list[str] = []
    for old, new in zip([*tokens, ""], [*forward, ""], strict=True):
        if old != new:
            run.append(new)
            continue
        turned += [*reversed(run), new]
        run.clear()
    return forward, turned[:-1] if turned[:-1] != forward else None


def _turned(token: str) -> str:
    known = lexicon()
    back = token[::-1]
    return back if not known.knows(token) and known.knows(back) else token
