"""Adopting, listing and releasing a real satellite, with a hub and without one."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tests.cli.command import ENV, ServingHub, hub_command, one_line
from tests.recordings import ours


def toys(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return hub_command("toys", *args, POMMAI_HUB__INTERFACES="127.0.0.1", COLUMNS="200")


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[str]:
    """The name of a plain satellite that announces itself on loopback."""
    with satellite(tmp_path, "--plain") as (name, _):
        yield name


@contextmanager
def satellite(tmp_path: Path, *mode: str) -> Iterator[tuple[str, IO[str]]]:
    """Its name and what it prints."""
    name = f"Bear {uuid.uuid4().hex[:8]}"
    options = {
        "--host": "127.0.0.1",
        "--port": "0",
        "--interface": "127.0.0.1",
        "--name": name,
        "--mic": f"wav:{ours('noise_room.wav')}",
        "--speaker": "none",
        "--wake": "manual",
        "--state": str(tmp_path / "satellite"),
    }
    command = [sys.executable, "-m", "satellite", "run", *mode]
    with subprocess.Popen(
        [*command, *(o for pair in options.items() for o in pair)],
        env=ENV,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield name, process.stdout
        finally:
            process.terminate()


TRIES = 20
"""Of a command without a hub, which looks for two seconds: on a busy machine it may see nothing once."""


def listed(data: Path, name: str, *states: str) -> dict[str, Any]:
    for _ in range(TRIES):
        house = json.loads(toys("list", "--json", "--data", data).stdout)
        for satellite in house["satellites"]:
            if satellite["name"] == name and satellite["state"] in states:
                found: dict[str, Any] = satellite
                return found
    raise AssertionError(f"{name} is not {states}: {house}")


def adopted_by_itself(data: Path, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    for _ in range(TRIES):
        done = toys("adopt", name, *options, "--data", data)
        if done.returncode == 0:
            return done
    raise AssertionError(done.stderr)


def test_a_toy_is_paused_by_the_name_of_the_satellite_that_it_lives_in(
    toy: str, data: Path
) -> None:
    assert "no toy called" in one_line(toys("pause", toy, "--data", data))
    adopted_by_itself(data, toy)
    assert toys("pause", toy, "--data", data).stdout == "Pommai is paused.\n"


def test_a_satellite_is_adopted_and_released_while_no_hub_runs(toy: str, data: Path) -> None:
    found = listed(data, toy, "found")
    assert found["adopted"] is False
    adopted = adopted_by_itself(data, toy, "--toy", "pommai")
    assert adopted.stdout.startswith(f"Adopted {toy}; Pommai lives in it now. If it sends")
    ours = listed(data, toy, "connecting", "online", "away")
    assert ours["adopted"] is True
    assert ours["toy"] == "Pommai"
    shown = toys("list", "--data", data)
    assert toy in shown.stdout
    released = toys("release", toy, "--json", "--data", data)
    assert json.loads(released.stdout)["adopted"] is False


def test_a_running_hub_adopts_it_by_address_and_talks_to_it_at_once(
    toy: str, data: Path, running: ServingHub
) -> None:
    host, port = running.until(toy, "found").addresses[0]
    address = f"{host}:{port}"
    adopted = toys("adopt", address, "--data", data)
    assert adopted.returncode == 0, adopted.stderr
    assert running.until(toy, "online").adopted
    room = toys("room", toy, "voice", "--data", data)
    assert room.stdout == f"{toy}: anybody's voice in its room begins a talk.\n"
    assert "no approved wake word service" in one_line(toys("room", toy, "Bob", "--data", data))
    assert "nobody listens" in toys("room", toy, "nobody", "--data", data).stdout
    again = one_line(toys("adopt", toy, "--data", data))
    assert again == f"pommai-hub: {toy} is adopted already"
    assert toys("release", address, "--data", data).returncode == 0


def test_a_toy_is_paired_and_released_on_the_command_line(
    data: Path, tmp_path: Path, running: ServingHub
) -> None:
    with satellite(tmp_path) as (name, printed):
        code = next(line for line in printed if "pairing code" in line)[-8:].strip()
        running.until(name, "found")
        assert "waiting for its code" in toys("list", "--data", data).stdout
        refused = one_line(toys("adopt", name, "--data", data))
        assert "toys pair" in refused
        assert "six digits" in one_line(toys("pair", name, "12", "--data", data))
        paired = toys("pair", name, code, "--toy", "pommai", "--data", data)
        assert paired.stdout == f"Paired with {name}; Pommai lives in it now.\n"
        assert "paired, encrypted" in toys("list", "--data", data).stdout
        running.until(name, "online")
        is_set_and_ordered_about(data, name)
        assert toys("release", name, "--data", data).stdout == f"Released {name}.\n"


def is_set_and_ordered_about(data: Path, name: str) -> None:
    def tell(action: str, *args: str) -> subprocess.CompletedProcess[str]:
        return toys(action, name, *args, "--data", data)

    changed = tell("set", "--volume", "40", "--led", "10", "--wake", "button").stdout
    assert f"{name}: volume 40 % (at most 70 %), light 10 %, microphone on" in changed
    assert "away" not in changed
    assert "microphone off" in tell("mute").stdout
    assert "microphone on" in tell("unmute").stdout
    assert "from 0 to 100" in one_line(tell("set", "--volume", "101"))
    assert tell("identify").stdout == f"{name} blinks and chirps.\n"
    assert "to a toy" not in one_line(tell("announce", "How do I kill a cat with a knife?"))
    assert tell("move", "Pommai").stdout == f"Pommai lives in {name} now.\n"
    assert "no toy called" in one_line(tell("move", "Nobody")).lower()
    settings = json.loads(tell("set", "--json").stdout)["settings"]
    assert (settings["volume"], settings["mute"], settings["wake"]) == (40, False, "button")


def test_adopting_what_nobody_sees_is_one_clear_line(data: Path) -> None:
    said = one_line(toys("adopt", "attic", "--data", data))
    assert "attic" in said


def test_adopting_an_address_where_nothing_answers_is_one_clear_line(data: Path) -> None:
    said = one_line(toys("adopt", "127.0.0.1:9", "--data", data))
    assert "127.0.0.1" in said
