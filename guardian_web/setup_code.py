"""The one-time code that proves that who sets the first password can see the hub's own screen."""

import hmac
import secrets
from collections.abc import Callable

ALPHABET = "ACDEFGHJKMNPQRTUVWXY3479"
"""No two of these look or read alike: no B and 8, I, L and 1, O and 0, S and 5, Z and 2, G and 6."""
LENGTH = 8
WRONG_GUESSES = 5


class SetupCode:
    """Eight characters, valid until used; five wrong guesses make a new one.

    `text` is the code in force, for the hub to print at its start; `announce` gets each later one.
    """

    def __init__(self, announce: Callable[[str], None]) -> None:
        self._announce = announce
        self.text = _new()
        self._wrong = 0

    def accepts(self, guess: str) -> bool:
        """Case, spaces and dashes do not count."""
        plain = "".join(c for c in guess.upper() if c not in " -")
        # Bytes, as compare_digest takes text only when it is ASCII.
        if hmac.compare_digest(plain.encode(), self.text.replace("-", "").encode()):
            return True
        self._wrong += 1
        if self._wrong >= WRONG_GUESSES:
            self._wrong = 0
            self.text = _new()
            self._announce(self.text)
        return False


def _new() -> str:
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{code[:4]}-{code[4:]}"
