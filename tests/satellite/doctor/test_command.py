"""The doctor as a family calls it."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from satellite.doctor.command import shown
from satellite.doctor.finding import CheckStatus, fail

AUDIO = Path(__file__).parents[2] / "data" / "audio"
PARTS = (
    *("microphone", "speaker", "software", "opus", "light", "button", "network", "wi-fi", "toy"),
    *("folder", "zeroconf", "hub", "clock", "heat", "power"),
)


async def doctor(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satellite", "doctor", "--interface", "127.0.0.1"),
        *("--state", str(folder / "state"), "--port", "1", *arguments),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_parts_are_grouped_by_what_to_do_first(tmp_path: Path) -> None:
    code, out, err = await doctor(tmp_path, "--mic", "command:ear-of-nobody", "--speaker", "none")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    titles = [line for line in lines if line and line[0] != " "]
    assert titles[0] == "Does not work: mend this first"
    assert lines[1] == "  microphone  ear-of-nobody: there is no such program"
    assert titles[1:3] == ["Look at this next", "Works"]
    toy = next(n for n, line in enumerate(lines) if "nothing answers on port 1" in line)
    assert lines[toy + 1].strip() == "→ start it: sudo systemctl start pommai-satellite"


def test_no_line_is_wider_than_the_terminal_and_none_breaks_a_word() -> None:
    advice = "put sudo systemctl start pommai-satellite into the terminal, then look at its log"
    findings = [fail("toy", "nothing answers on port 10700 of this machine", advice)]
    text = shown(findings, columns=50, colours=False)
    assert max(map(len, text.splitlines())) <= 50
    assert set(advice.split()) <= set(text.split())


async def test_a_program_gets_json_and_an_exit_code(tmp_path: Path) -> None:
    silence = "command:cat /dev/zero"
    code, out, _ = await doctor(tmp_path, "--mic", silence, "--speaker", "none", "--json")
    told = json.loads(out)
    assert (code, told["ok"]) == (1, False)
    assert [finding["part"] for finding in told["findings"]] == list(PARTS)
    assert {finding["verdict"] for finding in told["findings"]} <= {v.value for v in CheckStatus}
    assert told["findings"][0] == {
        "part": "microphone",
        "verdict": "fail",
        "text": "gives nothing but silence",
        "advice": "is it muted (alsamixer, F4), or another card's? arecord -L lists them",
    }


async def test_a_missing_microphone_fails_and_the_rest_is_examined_all_the_same(
    tmp_path: Path,
) -> None:
    code, out, _ = await doctor(tmp_path, "--mic", "command:ear-of-nobody", "--speaker", "none")
    assert code == 1
    assert "  microphone  ear-of-nobody: there is no such program" in out
    assert "\n  power" in out


async def test_what_a_service_is_told_by_its_environment_counts(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "satellite", "doctor", "--json", "--port", "1"),
        env={
            "POMMAI_SATELLITE_MIC": "command:ear-of-nobody",
            "POMMAI_SATELLITE_SPEAKER": "none",
            "POMMAI_SATELLITE_INTERFACE": "127.0.0.1",
            "POMMAI_SATELLITE_PORT": "2",
            "POMMAI_SATELLITE_STATE": str(tmp_path / "kept"),
        },
        stdout=PIPE,
    )
    out, _ = await process.communicate()
    texts = {finding["part"]: finding["text"] for finding in json.loads(out)["findings"]}
    assert texts["microphone"] == "ear-of-nobody: there is no such program"
    assert texts["network"] == "127.0.0.1"
    assert texts["toy"] == "nothing answers on port 1"  # the command line wins
    assert str(tmp_path / "kept") in texts["folder"]
