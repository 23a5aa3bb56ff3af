"""A toy's own name as its wake word, with PocketSphinx's keyword spotting: only the name's sounds, no training.

Measured beside the ready-made words, and not in the toy: see docs/measuring.md for why.
"""

import tempfile
from pathlib import Path

from pocketsphinx import Config, Decoder, get_model_path

_DICTIONARY = "en-us/cmudict-en-us.dict"
_ACOUSTICS = "en-us/en-us"


class NameDetector:
    """Hears chunks of sound; 12 MB, as the dictionary has the name's words alone and there is no language model."""

    def __init__(self, words: str, threshold: float) -> None:
        """The lower the threshold, the more is heard, rightly and wrongly. Raises KeyError for an unknown word."""
        with tempfile.NamedTemporaryFile("w", suffix=".dict") as dictionary:
            dictionary.writelines(f"{one} {sounds}\n" for one, sounds in _sounds(words).items())
            dictionary.flush()
            self._decoder = Decoder(
                Config(
                    hmm=get_model_path(_ACOUSTICS),
                    dict=dictionary.name,
                    lm=None,
                    keyphrase=words,
                    kws_threshold=threshold,
                    loglevel="FATAL",
                )
            )
        self._decoder.start_utt()

    def hears(self, chunk: bytes) -> bool:
        self._decoder.process_raw(chunk)
        if self._decoder.hyp() is None:
            return False
        self.forget()
        return True

    def forget(self) -> None:
        self._decoder.end_utt()
        self._decoder.start_utt()


def _sounds(words: str) -> dict[str, str]:
    wanted = set(words.split())
    found = {}
    for line in Path(get_model_path(_DICTIONARY)).read_text("utf-8").splitlines():
        word, _, sounds = line.partition(" ")
        if word in wanted:
            found[word] = sounds
    return {word: found[word] for word in words.split()}
