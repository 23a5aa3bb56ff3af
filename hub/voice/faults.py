"""What is wrong with a satellite's sound, as far as it said."""

from typing import Final

from hub.voice.identity import printable

PARTS: Final = {"microphone": "it can't hear", "speaker": "it can't be heard"}
"""What a toy's `error` may be about, by its code."""


class Faults:
    """`str` of it is one line for a parent, "" when nothing is wrong."""

    def __init__(self) -> None:
        self._faults: dict[str, str] = {}

    def __str__(self) -> str:
        return "; ".join(self._faults.values())

    def broke(self, part: object, why: object) -> str:
        """The new fault; "" when it was known, or is none."""
        if not isinstance(part, str) or part not in PARTS:
            return ""
        reason = printable(why) if isinstance(why, str) else ""
        fault = f"{PARTS[part]}: {reason or f'its {part} does not work'}"
        if fault == self._faults.get(part):
            return ""
        self._faults[part] = fault
        return fault

    def mended(self, part: str) -> bool:
        """Whether it was broken."""
        return bool(self._faults.pop(part, ""))
