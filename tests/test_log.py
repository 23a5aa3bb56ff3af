"""What reaches a log line: everything useful, and nobody's words, whereabouts or keys."""

import io
import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from hub import log
from hub.domain.talks.talk import Transcript, Turn

KEY = "sk-or-v1-0a1b2c3d"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    log.set_up("json", "debug", environ={"OPENROUTER_API_KEY": KEY, "HOME": "/root"}, stream=stream)
    return stream


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("key", ["heard", "said", "text", "prompt", "words", "refused"])
def test_what_was_said_is_only_counted(key: str, out: io.StringIO) -> None:
    structlog.get_logger("hub.turn").info("turn", **{key: "my cat ran away today"})
    structlog.get_logger("hub.turn").info("turn", **{key: ["my cat", "ran away"]})
    assert [line[key] for line in lines(out)] == ["<5 words>", "<4 words>"]


def test_words_inside_records_and_mappings_are_counted_too(out: io.StringIO) -> None:
    turn = Turn("t1", "toy", "say", datetime(2026, 1, 2, tzinfo=UTC), heard="I am sad", said=["Oh"])
    structlog.get_logger().info("turn", turn=turn, more={"inner": [{"text": "hush hush"}]})
    structlog.get_logger().info("part", transcript_of=Transcript("hello you there"))
    assert "sad" not in out.getvalue()
    assert "hush" not in out.getvalue()
    assert "hello" not in out.getvalue()
    first = lines(out)[0]
    assert first["turn"]["heard"] == "<3 words>"
    assert first["turn"]["started_at"].startswith("2026-01-02")
    assert first["more"] == {"inner": [{"text": "<2 words>"}]}


PERSONAL = {
    "ask anna.b+toys@example.co.uk": "ask [email]",
    "ring 07700 900123 now": "ring [number] now",
    "ring +44 (0)20 7946 0958": "ring [number]",
    "ring 555-123-4567.": "ring [number].",
    "ring (555) 123 4567": "ring [number]",
    "card 4111111111111111": "card [number]",
    "I live at 12 Elm Grove Road": "I live at [street]",
    "I live at 7b High Street": "I live at [street]",
    "my password is dragon": "my password is [password]",
}


@pytest.mark.parametrize("words", PERSONAL)
@pytest.mark.parametrize("style", ["value", "event", "standard", "traceback"])
def test_personal_details_are_masked_wherever_they_stand(
    words: str, style: str, out: io.StringIO
) -> None:
    match style:
        case "value":
            structlog.get_logger().info("note", note=words)
        case "event":
            structlog.get_logger().info(words)
        case "standard":
            logging.getLogger("some.library").warning("%s", words)
        case "traceback":
            structlog.get_logger().error("failed", exc_info=ValueError(words))
    assert PERSONAL[words] in json.dumps(lines(out), ensure_ascii=False)
    assert words not in out.getvalue()


class Said(BaseModel):
    confidence: float


def test_what_pydantic_quotes_in_its_errors_is_masked(out: io.StringIO) -> None:
    words = "my cat ran away"
    with pytest.raises(ValidationError) as raised:
        Said.model_validate({"confidence": words})
    structlog.get_logger().error("failed", exc_info=raised.value)
    assert "input_value=<input>, input_type=str" in lines(out)[0]["exception"]
    assert words not in out.getvalue()


@pytest.mark.parametrize(
    "useful",
    [
        "019a4567-8901-7abc-8def-001122334455",
        "2026-11-20T08:13:00.123456",
        "192.168.100.123:10700",
        "port 10700 is taken",
        "rules-2026.11.1",
        "id:pommai-3f9a",
        "en_US-amy-low.onnx, 63 MB",
        "took 1203 ms",
    ],
)
def test_what_an_engineer_needs_stays(useful: str, out: io.StringIO) -> None:
    structlog.get_logger().info("note", note=useful, count=123456789)
    assert lines(out)[0]["note"] == useful
    assert lines(out)[0]["count"] == 123456789


@dataclass
class Client:
    api_key: str


def test_a_key_of_the_environment_never_appears(out: io.StringIO) -> None:
    logger = structlog.get_logger()
    logger.info(f"with {KEY}", key=KEY, client=Client(KEY), header={KEY: f"Bearer {KEY}"})
    logging.getLogger("openai").error("refused %s", KEY)
    logger.error("failed", exc_info=ValueError(KEY))
    assert len(lines(out)) == 3
    assert KEY not in out.getvalue()


def test_libraries_that_log_requests_are_quiet_even_when_debugging(out: io.StringIO) -> None:
    for name in ("httpx", "openai", "httpcore.http11", "zeroconf"):
        logging.getLogger(name).debug("body: my cat ran away")
        logging.getLogger(name).info("body: my cat ran away")
    assert out.getvalue() == ""


def test_less_than_the_level_is_not_shown() -> None:
    out = io.StringIO()
    log.set_up("json", "warning", environ={}, stream=out)
    structlog.get_logger("hub").info("quiet")
    logging.getLogger("hub").info("quiet")
    structlog.get_logger("hub").warning("loud")
    assert [line["event"] for line in lines(out)] == ["loud"]
    assert lines(out)[0]["level"] == "warning"
    assert lines(out)[0]["logger"] == "hub"


def test_auto_is_text_on_a_terminal_and_json_elsewhere() -> None:
    screen, file = Terminal(), io.StringIO()
    log.set_up("auto", "info", environ={}, stream=screen)
    structlog.get_logger().info("toy found", toy="Pommai", heard="a b c")
    log.set_up("auto", "info", environ={}, stream=file)
    structlog.get_logger().info("toy found", toy="Pommai")
    assert "toy found" in screen.getvalue()
    assert "<3 words>" in screen.getvalue()
    assert not screen.getvalue().startswith("{")
    assert lines(file)[0]["toy"] == "Pommai"


def test_a_traceback_on_a_terminal_shows_no_local_variables() -> None:
    out = Terminal()
    log.set_up("text", "info", environ={}, stream=out)
    confided = "my secret den"
    try:
        int(f"not a number: {len(confided)}")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "Traceback" in out.getvalue()
    assert "ValueError" in out.getvalue()
    assert confided not in out.getvalue()


def test_a_huge_value_is_bounded_before_it_is_masked(out: io.StringIO) -> None:
    began = time.monotonic()
    structlog.get_logger().info("odd", value="x" * 1_000_000, many=list(range(10_000)))
    structlog.get_logger().info(f"{KEY} word " * 50_000)
    assert time.monotonic() - began < 1
    assert len(out.getvalue()) < 3 * log.MAX_VALUE_CHARS
    assert KEY not in out.getvalue()
    assert KEY[:8] not in out.getvalue()


def test_a_long_value_keeps_its_beginning_and_its_end_and_no_half_of_an_address(
    out: io.StringIO,
) -> None:
    structlog.get_logger().info("first " + "anna@example.org " * 1_000 + "last")
    [line] = lines(out)
    assert line["event"].startswith("first [email]")
    assert line["event"].endswith("[email] last")
    assert "anna" not in line["event"]
