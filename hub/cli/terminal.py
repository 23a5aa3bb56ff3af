"""Lines for a person: broken between words where a terminal shows them, and whole where a program reads them."""

import shutil
import textwrap
from typing import TextIO


def wrapped(text: str, stream: TextIO, *, indent: int = 0) -> str:
    """`text` for `stream`; what goes on in a further line begins with `indent` blanks.

    A path or an address is never broken, so that it can be copied.
    """
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return "\n".join(
        textwrap.fill(
            line,
            width,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
