"""Whether a text is English, as far as a layer that learned English alone must know."""

from collections.abc import Sequence

from hub.safety.features import stem
from hub.safety.words import word_vectors

FEWEST_WORDS = 3
"""Shorter texts are taken as English: a name or a swear word tells no language."""
KNOWN_SHARE = 0.7
"""Of its words. 99 % of the English lines in `bench/guard/lines` and the public sets have more; of our
own German and Tamil sentences hardly one; French and Spanish ones show by the words below."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = _words("""
the and you i it is to of that my we are for with do what your how can not have this was he she
they me if but at be so when there like did who from or about his her just them our will would
""")
OTHERS = (
    _words("""
der die das und ich du nicht ist ein eine einen wir mit auf mir dir dich mich von den dem zu wie wenn auch hast
bist habe kann oder sich noch nur sehr aber mein meine dein deine es im wo warum
le la les un une des et est tu je il elle ne pas que qui dans pour sur avec ton ta tes mon ma mes au aux nous
vous du ce cette ou quand aussi tres suis es sont veux peux
el los las y en no se con por para como mas tu mi su lo una pero te yo muy donde quiero eres estoy del al
""")
    - ENGLISH
)
"""German, French and Spanish words that hold a sentence together."""


def is_english(words: Sequence[str]) -> bool:
    """`words` as in a reading of `normalise.readings`."""
    if len(words) < FEWEST_WORDS:
        return True
    vectors = word_vectors()
    known = sum(vectors.knows(word, stem(word)) for word in words)
    if known < KNOWN_SHARE * len(words):
        return False
    return sum(w in OTHERS for w in words) <= sum(w in ENGLISH for w in words)
