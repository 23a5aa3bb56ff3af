"""Brings a text into the plain form that rules are written for, whatever it was dressed up as.

`readings(text)` gives every plausible plain form: lower-case words parted by single spaces, short
forms written out ("i'm" is "i am"), sentence ends as ".". The first reading is the text as written;
more follow where a letter was hidden in a digit, spaced out or drawn out.
"""

import re
import unicodedata
from functools import lru_cache

from hub.safety.confusables import LATIN_LOOKALIKES

_ENDS = frozenset(".!?…;")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"})
_LEET = str.maketrans("013457@$!|+", "oieastasiit")
_LEET_WITH_L = str.maketrans("013457@$!|+", "oleastaslit")
_EDGE_SIGNS = ".,!?;:\"'()[]{}<>…-–—_*~^/\\"

_WHOLE = {
    "im": "i am", "ive": "i have", "dont": "do not", "doesnt": "does not", "didnt": "did not",
    "cant": "can not", "cannot": "can not", "couldnt": "could not", "wont": "will not",
    "wouldnt": "would not", "shouldnt": "should not", "isnt": "is not", "arent": "are not",
    "wasnt": "was not", "werent": "were not", "havent": "have not", "hasnt": "has not",
    "youre": "you are", "theyre": "they are", "youve": "you have", "youll": "you will",
    "hes": "he is", "shes": "she is", "thats": "that is", "whats": "what is", "wheres": "where is",
    "whos": "who is", "hows": "how is", "theres": "there is", "lets": "let us",
    "wanna": "want to", "gonna": "going to", "gotta": "got to", "gimme": "give me",
    "lemme": "let me", "dunno": "do not know", "ur": "your", "u": "you", "cuz": "because",
    "cause": "because", "em": "them", "ya": "you", "yall": "you all", "kinda": "kind of",
    "mommy": "mom", "mommys": "moms", "mummy": "mom", "mummys": "moms", "mum": "mom",
    "mums": "moms", "mama": "mom", "momma": "mom", "mother": "mom", "mothers": "moms",
    "daddy": "dad", "daddys": "dads", "papa": "dad", "father": "dad", "fathers": "dads",
    "grandmother": "grandma", "granny": "grandma", "nana": "grandma",
    "grandfather": "grandpa", "granddad": "grandpa", "grandad": "grandpa",
}  # fmt: skip
_IS_NOT_OWNER = frozenset({
    "it", "he", "she", "that", "what", "where", "who", "how", "there", "here", "when", "why",
    "everybody", "everyone", "nobody", "somebody", "someone", "something", "nothing",
})  # fmt: skip
"""What stands before an 's that means "is", not "belongs to"."""


_LETTER_NAMES = {
    "ay": "a", "bee": "b", "cee": "c", "see": "c", "sea": "c", "dee": "d", "ee": "e", "eff": "f",
    "ef": "f", "gee": "g", "jee": "g", "aitch": "h", "eye": "i", "jay": "j", "kay": "k", "okay": "k",
    "el": "l", "ell": "l", "em": "m", "en": "n", "oh": "o", "pee": "p", "cue": "q", "queue": "q",
    "are": "r", "ar": "r", "ess": "s", "es": "s", "tee": "t", "tea": "t", "you": "u", "vee": "v",
    "ex": "x", "why": "y", "zee": "z", "zed": "z",
}  # fmt: skip
MIN_LETTERS = 3
"""So many single letters in a row are a spelled word."""
_RUN = re.compile(r"([a-z])\1{2,}")


@lru_cache(maxsize=512)
def readings(text: str) -> tuple[str, ...]:
    """Plain forms of `text`, the most literal first, without repeats."""
    folded = fold(text)
    forms = [
        folded,
        " ".join(_unleet(token, _LEET) for token in folded.split()),
        " ".join(_unleet(token, _LEET_WITH_L) for token in folded.split()),
    ]
    forms += [_RUN.sub(r"\1", form) for form in forms] + [_RUN.sub(r"\1\1", form) for form in forms]
    tokens = [_tokens(form) for form in dict.fromkeys(forms)]
    tokens += [joined for found in tokens for joined in _with_letters_joined(found)]
    tokens += [*_with_names_joined(tokens[0]), *_from_pig_latin(tokens[0])]
    return tuple(dict.fromkeys(_plain(found) for found in tokens))


def fold(text: str) -> str:
    """Lower case, without marks that can't be heard, look-alike letters as the Latin ones."""
    text = text.translate(_APOSTROPHES)
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    kept = [
        LATIN_LOOKALIKES.get(char, char)
        for char in decomposed
        if not "\u0300" <= char <= "\u036f" and unicodedata.category(char) != "Cf"
    ]
    return unicodedata.normalize("NFKC", "".join(kept)).casefold()


def _tokens(folded: str) -> list[str]:
    """Words, and "." for the end of a sentence."""
    tokens: list[str] = []
    word: list[str] = []
    for char in folded + " ":
        if char.isalnum() or char == "'" or unicodedata.category(char)[0] == "M":
            word.append(char)
            continue
        if word:
            tokens.append("".join(word).strip("'"))
            word.clear()
        if char in _ENDS and tokens and tokens[-1] != ".":
            tokens.append(".")
    return tokens


def _plain(tokens: list[str]) -> str:
    """One string of words, with short forms written out."""
    return " ".join(word for token in tokens for word in _written_out(token))


def _written_out(word: str) -> list[str]:
    """["i", "am"] for "i'm" or "im"; ["moms"] for "mom's"."""
    if "'" in word:
        stem, _, tail = word.rpartition("'")
        stem = stem.replace("'", "")
        match tail:
            case "m":
                return [stem, "am"]
            case "re":
                return [stem, "are"]
            case "ve":
                return [stem, "have"]
            case "ll":
                return [stem, "will"]
            case "d":
                return [stem, "would"]
            case "s" if stem == "let":
                return [stem, "us"]
            case "s" if stem in _IS_NOT_OWNER:
                return [stem, "is"]
        word = stem + tail
    return _WHOLE.get(word, word).split()


def _unleet(token: str, table: dict[int, int]) -> str:
    """Letters for the digits and signs of a token that has both; any other stays."""
    core = token.strip(_EDGE_SIGNS)
    if core.isalpha() or not any(char.isalpha() for char in core):
        return token
    return core.translate(table)


def _with_letters_joined(tokens: list[str]) -> list[list[str]]:
    """Forms in which three or more single letters in a row are one word: "k i l l" is "kill".

    Where such a row begins with "a" or "i", as in "a g u n", a second form keeps that word apart.
    """
    joined: list[str] = []
    apart: list[str] = []
    row: list[str] = []
    for place, token in enumerate([*tokens, ""]):
        if _is_letter(token):
            row.append(token)
            continue
        if token in _ENDS and row and _is_letter((*tokens, "", "")[place + 1]):
            continue  # "k.i.l.l"
        if len(row) >= MIN_LETTERS:
            joined.append("".join(row))
            apart += [row[0], "".join(row[1:])] if row[0] in "ai" else ["".join(row)]
        else:
            joined += row
            apart += row
        row.clear()
        if token:
            joined.append(token)
            apart.append(token)
    return [form for form in (joined, apart) if form != tokens]


def _with_names_joined(tokens: list[str]) -> list[list[str]]:
    """The form in which three or more letters said by name are letters: "kay eye el el" is "k i l l"."""
    letters = [_LETTER_NAMES.get(token, token) for token in tokens]
    return [] if letters == tokens else _with_letters_joined(letters)


def _from_pig_latin(tokens: list[str]) -> list[list[str]]:
    """Forms with "illkay" as "kill" and "abstay" as "stab", where two words or more look so."""
    if sum(token.endswith("ay") and len(token) > 3 for token in tokens) < 2:
        return []
    return [[_unpigged(token, moved) for token in tokens] for moved in (1, 2)]


def _unpigged(token: str, moved: int) -> str:
    """`token` with `moved` letters, at most all its last consonants, put back in front."""
    if not token.endswith("ay") or len(token) < 4:
        return token
    if token.endswith("way"):
        return token.removesuffix("way")
    stem = token.removesuffix("ay")
    moved = min(moved, len(stem) - len(stem.rstrip("bcdfghjklmnpqrstvwxz")))
    return stem[len(stem) - moved :] + stem[: len(stem) - moved]


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isalpha()
