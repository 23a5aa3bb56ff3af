"""`pommai-hub demo`: a real toy, real zeroconf on loopback, real recognition and synthesis."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from tests.cli.command import hub_command, one_line
from tests.recordings import others, ours

HUB = [sys.executable, "-m", "hub"]


def demo_once(recording: Path, data: Path) -> dict[str, Any]:
    done = hub_command("demo", "--once", "--json", "--wav", recording, "--data", data)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(outcome, dict)
    return outcome


def on_a_terminal(*args: str | Path) -> list[str]:
    """The lines that a command shows on a terminal of 80 columns that draws nothing anew."""
    ours, its = os.openpty()
    environ = os.environ | {"TERM": "dumb", "COLUMNS": "80"}
    with subprocess.Popen([*HUB, *args], stdout=its, stderr=its, env=environ):
        os.close(its)
        shown = b""
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while part := os.read(ours, 4096):
                shown += part
        os.close(ours)
    return shown.decode().splitlines()


def rows(data: Path, query: str) -> list[Any]:
    with sqlite3.connect(data / "pommai.db") as database:
        return database.execute(query).fetchall()


def test_a_persons_voice_is_heard_word_for_word_and_answered(tmp_path: Path) -> None:
    outcome = demo_once(others("human_go_forward.wav"), tmp_path)
    assert outcome["heard"] == "go forward ten meters"
    assert outcome["allowed"] is True
    assert outcome["alert"] is False
    assert outcome["said"]
    assert outcome["reply_audio_s"] > 0.3
    assert outcome["providers"] == {"stt": "sphinx", "llm": "storyteller", "tts": "espeak"}
    assert outcome["timings_ms"]["first_audio"] > outcome["timings_ms"]["endpoint"]


def test_a_threat_is_redirected_kindly_and_alerts_the_parents(tmp_path: Path) -> None:
    outcome = demo_once(ours("spoken_kill.wav"), tmp_path)
    assert outcome["heard"] == "i want to kill my brother"
    assert outcome["allowed"] is False
    assert outcome["category"] == "violence"
    assert outcome["alert"] is True
    assert outcome["said"]
    assert outcome["reply_audio_s"] > 0.3
    assert len(rows(tmp_path, "select id from alerts")) == 1


def test_a_noisy_room_is_no_turn(tmp_path: Path) -> None:
    outcome = demo_once(ours("noise_room.wav"), tmp_path)
    assert outcome["heard"] == ""
    assert rows(tmp_path, "select id from turns") == []


def test_a_sentence_with_a_pause_is_one_turn_with_both_halves(tmp_path: Path) -> None:
    outcome = demo_once(ours("spoken_pause.wav"), tmp_path)
    assert outcome["heard"].startswith("i want to tell you about my new puppy and he is")
    assert len(rows(tmp_path, "select id from turns")) == 1


def test_a_recording_of_another_format_is_resampled(tmp_path: Path) -> None:
    with wave.open(str(ours("spoken_cow.wav")), "rb") as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), np.int16)
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as stereo:
        stereo.setparams((2, 2, 44_100, 0, "NONE", ""))
        stereo.writeframes(np.repeat(soxr.resample(samples, 16_000, 44_100), 2).tobytes())
    # Not the cow: how much silence is heard before varies, and with it what becomes of her.
    assert demo_once(path, tmp_path / "data")["heard"].startswith("what sound does")


@pytest.mark.parametrize(("name", "content"), [("none.wav", None), ("text.wav", b"not a sound")])
def test_a_file_that_is_no_recording_is_told_in_one_line(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert name in one_line(hub_command("demo", "--once", "--wav", path))


async def test_it_stays_up_until_ctrl_c_and_leaves_nothing_running(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *HUB,
        *("demo", "--port", "0", "--data", str(tmp_path), "--wav", str(ours("spoken_moon.wav"))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    lines = []
    while b"stays up" not in (line := await process.stdout.readline()):
        assert line, (await process.communicate())[1].decode()
        lines.append(line.decode())
    shown = "".join(lines)
    assert "Guardian page: http://127.0.0.1:" in shown
    assert "One-time code" in shown
    assert "how far away is the moon" in shown
    while b"pommai-hub" not in (line := await process.stdout.readline()):
        assert line
    to_copy = [".venv/bin/pommai-hub", "say", "--data", str(tmp_path), "--toy", "Pommai"]
    assert shlex.split(line.decode()) == [*to_copy, "tell me a riddle"]
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(signal.SIGINT)
    rest, errors = await process.communicate()
    assert process.returncode == 0
    assert (rest, errors) == (b"Stopped.\n", b""), "no warning, and no traceback"
    assert children, "the toy is a process of its own"
    assert not any(os.path.exists(f"/proc/{child}") for child in children)  # noqa: PTH110


def test_on_a_terminal_lines_end_between_words(tmp_path: Path) -> None:
    data = ("--data", tmp_path)
    shown = on_a_terminal("demo", "--once", *data)  # with the recording that ships with it
    shown += on_a_terminal("toys", "release", "nobody " * 12, *data)
    assert all(len(line) <= 80 for line in shown), shown
    text = " ".join(line.strip() for line in shown)
    assert (
        "Times count from its last sound; work begins before it is sure to have finished." in text
    )
    assert "nobody nobody nobody" in text
