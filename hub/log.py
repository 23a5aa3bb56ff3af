"""Structured logs on stderr: text on a terminal, JSON elsewhere, and no family's words in either.

`set_up(format, level)` once, at the start; then `structlog.get_logger()` or the standard `logging`,
anywhere. What was said, e-mail addresses, phone numbers, street addresses and API keys are masked
in every line, whoever logs it, tracebacks included.
"""

import dataclasses
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice
from typing import TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from hub.egress.masking import Masker

WORD_KEYS = frozenset(
    {
        *("heard", "said", "refused", "text", "texts", "words", "matched"),
        *("prompt", "persona", "messages", "history", "transcript", "child_name"),
    }
)
"""Keys whose values are somebody's words: only how many is logged."""

NOISY_LIBRARIES = {
    "aiohttp.access": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.WARNING,
    "faster_whisper": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "openai": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "urllib3": logging.CRITICAL,
    "zeroconf": logging.ERROR,
}
"""They chat; some would log whole requests, with a child's words or a service's token in them."""

_TECHNICAL = re.compile(
    r"""
      (?P<keep> \b [0-9a-f]{8} (?:-[0-9a-f]{4}){3} -[0-9a-f]{12} \b             # a UUID
              | \b \d{4}-\d\d-\d\d (?: [T\ ]\d\d:\d\d (?: :\d\d (?:\.\d+)? )? )? \b   # a date
              | \b \d{1,3} (?:\.\d{1,3}){3} (?: :\d{1,5} )? \b                  # an address
              | \b 20\d\d (?:\.\d{1,2}){2} \b                                  # our rules' version
      )
    | (?P<input> (?<=input_value=) .+? (?=,\ input_type=) )   # as pydantic quotes what it was given
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MASKER = Masker()
_SECRET_NAME = re.compile(r"_(API_KEY|TOKEN|SECRET|PASSWORD)$")
MAX_VALUE_CHARS = 8_000
"""Of one value of a line; a traceback is one."""
MAX_ITEMS = 50
"""Of a list or a mapping that is logged."""
_SHORTEST_SECRET = 6
"""A shorter value is no key, and masking it would blank ordinary words."""


def set_up(
    format: str,  # noqa: A002 - named like the setting
    level: str,
    *,
    environ: Mapping[str, str] = os.environ,
    stream: TextIO | None = None,
) -> None:
    """Send every log line of at least `level` to `stream` (stderr). `format` is auto, text or json."""
    stream = stream or sys.stderr
    as_text = format == "text" or (format == "auto" and stream.isatty())
    render: list[Processor]
    if as_text:
        render = [
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            ConsoleRenderer(
                colors=stream.isatty(),
                pad_event_to=0,
                # `format_exc_info` has made text of it; the default would show local
                # variables, which hold people's words and keys.
                exception_formatter=plain_traceback,
            ),
        ]
    else:
        render = [
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(default=str),
        ]
    described: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *described,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=described,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                Mask(environ),
                *render,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name, least in NOISY_LIBRARIES.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelName(level.upper())))


class Mask:
    """The processor that hides what is personal or secret, in every value of a line."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        secrets = {
            value
            for name, value in environ.items()
            if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET
        }
        longest_first = sorted(secrets, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {key: self._value(key, value) for key, value in event.items()}

    def _value(self, key: object, value: object) -> object:
        if key in WORD_KEYS and value is not None:
            return f"<{_count_words(value)} words>"
        match value:
            case None | bool() | int() | float():
                return value
            case date():
                return value.isoformat()
            case Mapping():
                return {
                    self._text(str(k)): self._value(k, v)
                    for k, v in islice(value.items(), MAX_ITEMS)
                }
            case list() | tuple() | set() | frozenset():
                return [self._value(None, item) for item in islice(value, MAX_ITEMS)]
            case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
                names = [field.name for field in dataclasses.fields(value)]
                return {name: self._value(name, getattr(value, name)) for name in names}
            case _:
                return self._text(str(value))

    def _text(self, text: str) -> str:
        return _mask(shortened(self._secrets.sub("<secret>", text)))


def shortened(text: str) -> str:
    """`text` without its middle where it is longer than a line needs: masking takes 1 ms for each kilobyte.

    It is cut between words, as half an address would not be masked.
    """
    if len(text) <= MAX_VALUE_CHARS:
        return text
    head = text[: MAX_VALUE_CHARS // 2].rpartition(" ")[0]
    tail = text[-MAX_VALUE_CHARS // 2 :].partition(" ")[2]
    return f"{head} … {len(text) - len(head) - len(tail)} characters … {tail}"


def _mask(text: str) -> str:
    """Masks personal details, save in what only looks like one to the machine's eye."""
    parts, end = [], 0
    for found in _TECHNICAL.finditer(text):
        kept = found[0] if found.lastgroup == "keep" else "<input>"
        parts += [_MASKER.mask(text[end : found.start()]), kept]
        end = found.end()
    return "".join([*parts, _MASKER.mask(text[end:])])


def _count_words(value: object) -> int:
    if isinstance(value, str):
        return len(value.split())
    if isinstance(value, Mapping):
        return sum(_count_words(v) for v in value.values())
    if isinstance(value, Iterable):
        return sum(_count_words(v) for v in value)
    return len(str(value).split())
