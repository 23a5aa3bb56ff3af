"""What others would use in the guard's place: word lists, and a plain classifier of letter sequences.

Each gives one number a text, higher for what is more surely unsafe, and the number from which it
stops a text. They know neither directions nor levels.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from bench.guard.lines import Example
from hub.domain.safety import SafetyLevel

Array = NDArray[np.float64]
FOLDS = 5
SEED = 20261120
STOPS_FROM = 0.5
_WORDS = re.compile(
    r"\b(kill\w*|murder\w*|stab\w*|shoot\w*|gun|guns|bomb\w*|knife|weapons?|suicide|hurt myself|die|dead|"
    r"sex\w*|porn\w*|naked|fuck\w*|shit\w*|bitch\w*|ass|damn|hell|crap|stupid|idiot|hate|beer|drunk|"
    r"drugs?|weed|cocaine|vap\w+|cigarettes?|address|phone number|password|secret|ignore your)\b",
    re.IGNORECASE,
)


def word_list(texts: Sequence[str]) -> Array:
    """About forty words that come to mind first."""
    return np.array([float(bool(_WORDS.search(text))) for text in texts])


def better_profanity(texts: Sequence[str]) -> Array:
    from better_profanity import profanity

    profanity.load_censor_words()
    return np.array([float(profanity.contains_profanity(text)) for text in texts])


def alt_profanity_check(texts: Sequence[str]) -> Array:
    from profanity_check import predict_prob

    return np.asarray(predict_prob(list(texts)), np.float64)


def letters_unseen(examples: Sequence[Example], level: SafetyLevel) -> Array:
    """TF-IDF of 2 to 5 letters and logistic regression, on each fold fitted to the others of the file."""
    texts = np.array([one.text for one in examples], dtype=object)
    unsafe = np.array([level in one.levels for one in examples])
    chances = np.zeros(len(examples))
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(
        texts, unsafe
    ):
        model = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
            LogisticRegression(C=10, max_iter=1000),
        )
        model.fit(texts[seen], unsafe[seen])
        chances[unseen] = model.predict_proba(texts[unseen])[:, 1]
    return chances
