"""Brings a text into the plain form that rules are written for, whatever it was dressed up as.

`readings(text)` gives every plausible plain form: lower-case words parted by single spaces, short
forms written out ("i'm" is "i am"), sentence ends as ".". The first reading is the text as written;
more follow where a letter was hidden in a digit, spaced out or drawn out.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from hub.safety.data_files import read_toml, reading
from hub.safety.text.disguises import bare_words, undisguised
from hub.safety.text.lexicon import END

_PAIRS = {
    "a": "аαɑ", "b": "вьƅ", "c": "сϲᴄ", "d": "ԁɗ", "e": "еєεҽ", "f": "ғϝ", "g": "ɡց", "h": "һհнη",
    "i": "іιıɩ", "j": "јϳ", "k": "кκ", "l": "ӏⅼɫł", "m": "мϻ", "n": "пո", "o": "оοօσø", "p": "рρ",
    "q": "ԛզ", "r": "гᴦ", "s": "ѕꜱ", "t": "тτ", "u": "υսц", "v": "ѵν", "w": "ԝѡω", "x": "хχ",
    "y": "уүγ", "z": "ᴢ",
}  # fmt: skip
_CAPITALS = {
    "a": "АΑ", "b": "ВΒ", "c": "СϹ", "e": "ЕΕ", "h": "НΗ", "i": "ІΙ", "j": "Ј", "k": "КΚ",
    "m": "МΜ", "n": "Ν", "o": "ОΟ", "p": "РΡ", "s": "Ѕ", "t": "ТΤ", "x": "ХΧ", "y": "УΥ", "z": "Ζ",
}  # fmt: skip

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_ENCLOSED = {
    chr(first + place): chr(ord("a") + place)
    for first in (0x1F150, 0x1F170, 0x1F1E6)  # in black circles, in black squares, of flags
    for place in range(26)
}

LATIN_LOOKALIKES = {
    char: latin for table in (_PAIRS, _CAPITALS) for latin, chars in table.items() for char in chars
}
LATIN_LOOKALIKES |= _SMALL_CAPITALS | _ENCLOSED
"""A letter to the Latin one that it passes for; a small part of Unicode's confusables.txt."""

_ENDS = frozenset(".!?…;")
_ASCII_TOKEN = re.compile(r"[a-z0-9']+|[.!?;]")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"})
_UNHEARD = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u115f\u1160\u180b-\u180e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\u2800\u3164\ufdf0-\ufdff\ufe00-\ufe0f\ufe20-\ufe2f\uffa0\U000e0000-\U000e0fff]"
)
"""Combining marks of Latin and Greek, blanks that are letters, variation selectors, and ligatures of
whole phrases, which would make a text many times as long."""

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
_TAILS = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
"""What stands behind an apostrophe."""
_IS_NOT_OWNER = frozenset({
    "it", "he", "she", "that", "what", "where", "who", "how", "there", "here", "when", "why",
    "everybody", "everyone", "nobody", "somebody", "someone", "something", "nothing",
})  # fmt: skip
"""What stands before an 's that means "is", not "belongs to"."""

_HESITATIONS = frozenset({"um", "umm", "uh", "uhh", "uhm", "er", "erm", "hm", "hmm"})
_OPEN_WORDS = frozenset({
    "a", "an", "the", "my", "your", "his", "their", "our", "of", "with", "and", "or", "if", "how",
})  # fmt: skip
"""No sentence ends so; a recogniser cut it there."""
CHOPPED_WORDS = 3
"""Sentences of so few words on average are one that was cut to pieces."""
MAX_READINGS = 8


@lru_cache(maxsize=512)
def readings(text: str) -> tuple[str, ...]:
    """Plain forms of `text`, the most literal first, without repeats; at most MAX_READINGS."""
    folded = fold(text)
    literal = tokens_of(folded)
    bare = bare_words(folded)
    lists = undisguised(literal if bare == folded else tokens_of(bare))
    forms = dict.fromkeys(_plain(tokens) for tokens in (literal, *lists))
    for form in tuple(forms):
        meant = as_meant(form)
        forms[meant] = forms[_mended(meant)] = None
    return tuple(forms)[:MAX_READINGS]


def literal(text: str) -> str:
    """The first of its `readings`, in a tenth of their time."""
    return _plain(tokens_of(fold(text)))


def words(text: str) -> str:
    """The words of `text` as they stand, for languages whose short forms are not English ones."""
    return " ".join(tokens_of(fold(text).replace("'", " ")))


def fold(text: str) -> str:
    """Lower case, without marks that can't be heard, look-alike letters as the Latin ones."""
    text = text.translate(_APOSTROPHES)
    if text.isascii():
        return text.lower()
    capitals_too = _drawn_as(unicodedata.normalize("NFKD", _UNHEARD.sub("", text)))
    plain = _drawn_as(unicodedata.normalize("NFKD", capitals_too.casefold()))
    return unicodedata.normalize("NFKC", plain).lower().translate(_APOSTROPHES)


def _drawn_as(decomposed: str) -> str:
    """Latin letters for those that are drawn like them, without accents and marks that can't be heard."""
    return "".join(
        LATIN_LOOKALIKES.get(char, char)
        for char in _UNHEARD.sub("", decomposed)
        if unicodedata.category(char) != "Cf"
    )


def tokens_of(folded: str) -> list[str]:
    """Words, and "." for the end of a sentence."""
    tokens: list[str] = []
    for token in _ASCII_TOKEN.findall(folded) if folded.isascii() else _split(folded):
        if token not in _ENDS:
            tokens += [word] if (word := token.strip("'")) else []
        elif tokens and tokens[-1] != END:
            tokens.append(END)
    return tokens


def _split(folded: str) -> Iterator[str]:
    """Words with their vowel signs, and the signs that end sentences."""
    word: list[str] = []
    for char in folded + " ":
        if char.isalnum() or char == "'" or unicodedata.category(char)[0] == "M":
            word.append(char)
            continue
        if word:
            yield "".join(word)
            word.clear()
        if char in _ENDS:
            yield char


def _plain(tokens: list[str]) -> str:
    """One string of words, with short forms written out and without "um"."""
    kept = [token for token in tokens if token not in _HESITATIONS]
    return " ".join(word for token in kept for word in _written_out(token))


def _mended(plain: str) -> str:
    """`plain` without the sentence ends that a recogniser put in the middle of a sentence."""
    said = plain.split()
    inner = said[:-1].count(END)
    if not inner:
        return plain
    if inner > 1 and len(said) - inner <= CHOPPED_WORDS * (inner + 1):
        return " ".join(word for word in said if word != END)
    kept = [
        word
        for word, before, after in zip(said, ["", *said], [*said[1:], ""], strict=False)
        if word != END or not after or before not in _OPEN_WORDS
    ]
    return " ".join(kept)


def _written_out(word: str) -> list[str]:
    """["i", "am"] for "i'm" or "im"; ["moms"] for "mom's"."""
    if "'" in word:
        stem, _, tail = word.rpartition("'")
        stem = stem.replace("'", "")
        if tail in _TAILS:
            return [stem, _TAILS[tail]]
        if tail == "s" and (stem == "let" or stem in _IS_NOT_OWNER):
            return [stem, "us" if stem == "let" else "is"]
        word = stem + tail
    return _WHOLE.get(word, word).split()


def as_meant(plain: str) -> str:
    """`plain` with the words that a recogniser misheard, or a child said instead, as they were meant.

    "curl myself", "sewer slide": each entry of `data/mishearings.toml` holds only among the words that give it away.
    """
    anything, sounds = _sounds()
    if not anything.search(plain):
        return plain
    for heard, meant in sounds:
        plain = heard.sub(meant, plain)
    return plain


@cache
def _sounds() -> tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], str], ...]]:
    """One pattern that meets any entry, and each with what it means. Raises DataError."""
    data = read_toml("mishearings.toml")
    with reading("mishearings.toml"):
        entries = data["sound"]
        sounds = tuple((_at_words(*entry["heard"]), str(entry["meant"])) for entry in entries)
        every = (re.sub(r"\((?!\?)", "(?:", heard) for entry in entries for heard in entry["heard"])
        return _at_words(*every), sounds


def _at_words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(patterns)})(?!\S)")
