"""Takes a model's thinking out of a stream: what stands between <think> and </think> is not for ears."""

OPEN, CLOSE = "<think>", "</think>"


class WithoutThoughts:
    """Feed it pieces as they come; a tag may be cut anywhere. What is never closed is dropped."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking = False

    def feed(self, piece: str) -> str:
        """What of `piece`, and of what was held back before, may be passed on."""
        text = self._held + piece
        passed: list[str] = []
        while True:
            tag = CLOSE if self._thinking else OPEN
            before, found, after = text.partition(tag)
            if not found:
                break
            if not self._thinking:
                passed.append(before)
            self._thinking = not self._thinking
            text = after
        held = _start_of(tag, text)
        self._held = text[len(text) - held :]
        if not self._thinking:
            passed.append(text[: len(text) - held])
        return "".join(passed)

    def end(self) -> str:
        """What was held back because it might have become a tag."""
        return "" if self._thinking else self._held


def _start_of(tag: str, text: str) -> int:
    """How many characters at the end of `text` could be the start of `tag`."""
    for length in range(min(len(tag) - 1, len(text)), 0, -1):
        if tag.startswith(text[-length:]):
            return length
    return 0
