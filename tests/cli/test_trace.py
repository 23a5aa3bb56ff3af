"""`pommai-hub trace`: of a real turn, from the folder and from a running hub; and what it draws."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from guardian_web.api.turns import trace_of
from hub.cli.trace import waterfall
from hub.domain.safety import Category, Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import SoundCheck, Span, Work
from hub.domain.toys import Toy
from tests.cli.command import ServingHub, hub_command, one_line

BEAR = Toy("bear", "Bear")
SOUND = SoundCheck(2600.0, level_dbfs=-13.0, noise_dbfs=-60.0, clipped_ratio=0.0)
TURN = Turn(
    id="0123456789abcdef",
    toy_id="bear",
    source="satellite",
    started_at=datetime(2026, 5, 4, 15, 0, tzinfo=UTC),
    state=TurnState.DONE,
    heard="a secret of mine",
    said=["another secret"],
    revision=7,
    timings_ms={"endpoint": 300.0, "first_audio": 700.0},
    spans=[
        Span(Work.STT, -2000.0, "sphinx", first_ms=350.0, end_ms=350.0),
        Span(Work.LLM, 360.0, "openai", end_ms=400.0, failed=True),
        Span(Work.LLM, 400.0, "storyteller", first_ms=500.0, end_ms=600.0),
        Span(Work.TTS, 600.0, "espeak", clause=1, first_ms=700.0, end_ms=9000.0),
        Span(Work.SEND, 700.0, clause=1),
    ],
    sound=SOUND,
)


def drawn(turn: Turn, width: int = 80) -> list[str]:
    out = StringIO()
    Console(file=out, width=width).print(waterfall(trace_of(turn, BEAR)))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def row(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(name))


def test_each_piece_of_work_is_a_bar_in_its_place() -> None:
    lines = drawn(TURN)
    assert all(len(line) <= 80 for line in lines)
    assert "01234567 · Bear · " in lines[0]
    axis = lines[1].index("from")
    assert lines[1].split()[-3:] == ["-500", "0", "735"]
    zero = row(lines, "think").index("│")
    assert lines[1][zero] == "0"
    hearing, silence, voice = (row(lines, name) for name in ("hear", "silence", "voice 1"))
    assert "◀░" in hearing
    assert hearing.rstrip()[-1] == "█"
    assert silence.index("░") == zero
    assert voice.index("░") > hearing.rindex("█") > zero > axis
    assert voice.endswith("█▶"), "it went on at the pace of playing"


def test_an_axis_that_begins_just_before_the_end_of_speech_says_its_zero_alone() -> None:
    spans = [Span(Work.STT, -20.0, "sphinx", first_ms=350.0, end_ms=2000.0)]
    assert drawn(replace(TURN, spans=spans))[1].split()[-2:] == ["0", "2100"]


def test_a_provider_that_failed_is_named_so() -> None:
    assert re.match(r"think +openai +360 +failed +400 ", row(drawn(TURN), "think"))


def test_a_turn_that_was_cut_has_open_ends() -> None:
    assert row(drawn(TURN), "send 1").endswith("▶")


def test_the_microphone_and_what_to_do_about_it_stand_below() -> None:
    said = " ".join(drawn(TURN))
    assert "level -13 dBFS, noise -60 dBFS, 0.0% clipped, 0 gaps, 0 ms missing" in said
    assert "Hint" not in said
    quiet = replace(SOUND, level_dbfs=-55.0, noise_dbfs=-80.0)
    assert "Hint: the microphone is very quiet" in " ".join(drawn(replace(TURN, sound=quiet)))


def test_what_the_guard_refused_and_what_failed_stand_below() -> None:
    refusal = Verdict(allowed=False, category=Category.UNCHECKED)
    turn = replace(TURN, verdicts=[Verdict(allowed=True), refusal], error="espeak: gave no sound")
    lines = drawn(turn)
    assert "Refused by the guard: unchecked" in lines
    assert "espeak: gave no sound" in lines


def test_a_turn_from_before_there_were_spans_has_its_steps() -> None:
    said = " ".join(drawn(replace(TURN, spans=[], timings_ms={"check": 4.0}, sound=None)))
    assert "check 4" in said
    assert "Microphone" not in said


def test_no_word_that_was_said_is_told() -> None:
    assert "secret" not in json.dumps(trace_of(TURN, BEAR))
    assert "secret" not in " ".join(drawn(TURN))


def traced(data: Path, *args: str) -> dict[str, Any]:
    result = hub_command("trace", *args, "--json", "--data", data)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_last_turn_of_a_household_without_a_hub(data: Path) -> None:
    assert hub_command("say", "--toy", "Pommai", "hello", "--data", data).returncode == 0
    found = traced(data, "last")
    assert (found["toy"], found["source"], found["state"]) == ("Pommai", "say", "done")
    assert {"check", "recall", "llm", "tts", "send"} == {span["work"] for span in found["spans"]}
    assert found["sound"] is None
    assert traced(data, found["id"][:8]) == found
    shown = hub_command("trace", "last", "--data", data)
    assert "storyteller" in shown.stdout
    assert "espeak" in shown.stdout


def test_a_running_hub_is_asked(data: Path, running: ServingHub) -> None:
    none = one_line(hub_command("trace", "last", "--data", data))
    assert none == "pommai-hub: there is no turn yet"
    assert hub_command("say", "--toy", "Pommai", "hello", "--data", data).returncode == 0
    assert traced(data, "last")["state"] == "done"
    unknown = one_line(hub_command("trace", "zzz", "--data", data))
    assert unknown == "pommai-hub: no turn's id begins with 'zzz'"
