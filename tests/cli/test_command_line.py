"""What a person types wrong or leaves out, told in words of the command line."""

import io
import json
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from hub.__main__ import main, parse
from hub.cli import doctor
from hub.cli.demo import recording_s
from hub.cli.terminal import wrapped
from hub.cli.toys import live
from hub.config import loading
from hub.errors import NotFoundError
from hub.lan import descriptors
from satellite.wire import opus


def test_a_misspelt_command_is_told_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["rum"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == "pommai-hub: there is no command 'rum'; did you mean run?\n"


def test_no_command_at_all_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([])
    assert ended.value.code == 0
    assert "silence every toy at once" in capsys.readouterr().out


def test_an_option_out_of_range_is_named_as_it_was_typed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["run", "--port", "99999", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("pommai-hub: --port: ")
    assert "POMMAI_" not in said


def test_an_unknown_section_of_the_environment_is_named_as_it_stands_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("POMMAI_TSS__VOICE", "amy")
    assert main(["run", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("pommai-hub: POMMAI_TSS__VOICE: unknown section; did you mean")


def test_a_recording_whose_second_chunk_goes_past_its_end_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(320))
    whole = path.read_bytes()
    path.write_bytes(whole[:36] + b"LIST" + (2**31).to_bytes(4, "little") + whole[36:])
    with pytest.raises(NotFoundError, match="not a WAV recording"):
        recording_s(path)


async def test_the_frames_of_a_paired_toy_are_told_together() -> None:
    def frame(at_ms: float) -> dict[str, object]:
        told = {"at_ms": at_ms, "way": "to toy", "type": "frame", "payload_bytes": 60}
        return told | {"audio_ms": 20.0, "data": {"number": at_ms}, "missed": 0}

    async def passing() -> AsyncIterator[dict[str, object]]:
        for n in range(50):
            yield frame(20.0 * n)
        yield {"way": "quiet"}

    shown = io.StringIO()
    await live.show(passing(), Console(file=shown, width=200))
    [line] = shown.getvalue().splitlines()
    assert "Opus frame ×50" in line, json.dumps(line)


class Terminal(io.StringIO):
    """One of 80 columns."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_breaks_lines_between_words_and_a_pipe_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = "pommai-hub: " + "a toy that nobody sees " * 8 + "/" + "long/path" * 12
    shown = wrapped(line, Terminal()).splitlines()
    assert " ".join(shown) == line
    assert all(len(part) <= 80 for part in shown[:-1])
    assert wrapped(line, io.StringIO()) == line


def test_doctor_says_what_to_do_first_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def found(_: object) -> list[doctor.Finding]:
        return [
            doctor.Finding("Python", True, "3.11"),
            doctor.Finding("any stt", False, "none", "install one", group="Providers"),
            doctor.Finding("stt whisper", None, "not chosen", group="Providers"),
        ]

    monkeypatch.setattr(doctor, "examine", found)
    assert main(["doctor", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().out.split("\n") == [
        "To do first",
        "!! any stt: none",
        "   → install one",
        "",
        "This machine",
        "ok Python: 3.11",
        "",
        "Providers",
        "-- stt whisper: not chosen",
        "Mend what is marked !! and try again.",
        "",
    ]


async def test_doctor_tells_in_a_plain_word_where_opus_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(opus, "problem", lambda: "libopus is not installed")
    settings = loading.load(None, {"POMMAI_DATA": str(tmp_path)})
    found = {finding.about: finding for finding in await doctor.examine(settings)}
    assert "libopus is not installed" in found["sound to paired toys"].detail
    assert found["sound to paired toys"].ok is None


async def test_doctor_tells_where_few_files_may_be_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = loading.load(None, {"POMMAI_DATA": str(tmp_path)})
    for limit, enough in ((256, False), (descriptors.NEEDED, True)):
        monkeypatch.setattr(doctor, "highest_limit", lambda limit=limit: limit)
        found = {finding.about: finding for finding in await doctor.examine(settings)}
        told = found["files and connections"]
        assert told.ok is enough
        assert told.detail == f"{limit} may be open at once"
        assert ("ulimit -Hn" in told.do) is not enough


def test_a_hub_takes_all_the_descriptors_that_it_may_have() -> None:
    ask = (
        "import resource; from hub.lan.descriptors import limit, raise_limit;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 600)); raise_limit(); print(limit())"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout == "600\n"
