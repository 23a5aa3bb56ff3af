"""What the launcher starts, whatever became of an update, and wherever in it power failed."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import ModuleType

import pytest

from satellite.update.software import Software
from satellite.wire.phrases import sha256_of
from tests.satellite.small_wheels import came_up, on_trial, wheel

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "satellite" / "install" / "launch.py"


@pytest.fixture
def launcher() -> ModuleType:
    spec = importlib.util.spec_from_file_location("launch", LAUNCHER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Set and ended, by their seconds."""
    seen: list[int] = []
    monkeypatch.setattr(signal, "alarm", seen.append)
    return seen


@pytest.fixture
def software(tmp_path: Path) -> Path:
    folder = tmp_path / "software"
    folder.mkdir()
    return folder


def test_a_toy_without_updates_starts_as_it_was_installed(
    launcher: ModuleType, tmp_path: Path, alarms: list[int]
) -> None:
    assert launcher.choose(tmp_path / "software") is None
    assert alarms == []


def test_new_software_gets_three_starts_and_then_the_old_one_is_back(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    old = came_up(software, "1.0")
    new = on_trial(software, "2.0")
    alarms.clear()
    chosen = [launcher.choose(software) for _ in range(5)]
    assert chosen == [new, new, new, old, old]
    assert alarms == [launcher.COME_UP_S] * 3
    assert Software(software, old.name).failed == new.name


def test_software_that_came_up_stays_and_its_alarm_ends(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    new = on_trial(software, "2.0")
    launcher.choose(software)
    Software(software, new.name).came_up()
    assert alarms == [launcher.COME_UP_S, 0]
    assert [launcher.choose(software) for _ in range(5)] == [new] * 5


def test_what_is_damaged_or_gone_is_not_started(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    new = on_trial(software, "2.0")
    (new / "satellite" / "__main__.py").unlink()
    assert launcher.choose(software) is None
    assert Software(software, "").failed == new.name
    (came_up(software, "3.0") / "satellite" / "__main__.py").unlink()
    assert launcher.choose(software) is None


@pytest.mark.parametrize(
    "lost", ["satellite/__init__.py", "satellite/__main__.py", "pommai-1.0.dist-info/RECORD"]
)
def test_software_that_the_card_damaged_since_it_came_up_is_not_started_and_comes_anew(
    launcher: ModuleType, software: Path, alarms: list[int], lost: str
) -> None:
    damaged = came_up(software, "1.0") / lost
    damaged.write_bytes(bytes(damaged.stat().st_size) or b"x")  # as long as it was, if it was
    assert launcher.choose(software) is None
    again = on_trial(software, "1.0")
    assert launcher.choose(software) == again
    Software(software, again.name).came_up()
    assert launcher.choose(software) == again


def test_what_can_not_be_read_is_not_started(launcher: ModuleType, tmp_path: Path) -> None:
    assert launcher.choose(tmp_path / ("x" * 300)) is None


def test_a_card_that_takes_nothing_gets_the_old_software(
    launcher: ModuleType, software: Path, alarms: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = came_up(software, "1.0")
    on_trial(software, "2.0")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert launcher.choose(software) == old


def launched(state: Path, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, str(LAUNCHER), *arguments],
        env=os.environ | {"POMMAI_SATELLITE_STATE": str(state)},
        cwd=state,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def test_only_running_tries_what_is_new_and_the_doctor_uses_what_came_up(
    software: Path, tmp_path: Path
) -> None:
    came_up(software, "1.0")
    new = on_trial(software, "2.0")
    assert launched(tmp_path, "doctor") == "this is 1.0\n"
    assert not (new / "starts").exists()
    assert launched(tmp_path, "run") == "this is 2.0\n"
    assert (new / "starts").read_text() == "."


KILLED = """
import os, shutil, signal, sys, zipfile
from pathlib import Path
left = int(sys.argv[1])
def mortal(function):
    def step(*args, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*args, **named)
    return step
for place, name in (
    (os, "sync"), (os, "fsync"), (os, "rename"), (os, "replace"), (os, "unlink"), (os, "symlink"),
    (os, "mkdir"), (os, "rmdir"), (zipfile.ZipFile, "_extract_member"), (signal, "alarm"),
):
    setattr(place, name, mortal(getattr(place, name)))
"""
UNPACK = (
    KILLED
    + "from satellite.update.unpack import install\ninstall(Path(sys.argv[2]), *sys.argv[3:])"
)
CAME_UP = KILLED + (
    "from satellite.update.software import Software\nSoftware(Path(sys.argv[2]), sys.argv[3]).came_up()"
)
CHOOSE = KILLED + (
    "import importlib.util as u\n"
    "spec = u.spec_from_file_location('launch', sys.argv[3])\n"
    "launch = u.module_from_spec(spec)\nspec.loader.exec_module(launch)\n"
    "launch.choose(Path(sys.argv[2]))\n"
)


def dies_after(steps: int, program: str, *arguments: str | Path) -> bool:
    """Whether it was killed before it came to its end."""
    command = [sys.executable, "-c", program, str(steps), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT)
    assert done.returncode in (0, 9)
    return done.returncode == 9


def each_step(die: Callable[[int], bool], check: Callable[[], None]) -> int:
    """How many steps there are: it is killed after none, one, two … of them."""
    for steps in count():
        died = die(steps)
        check()
        if not died:
            return steps
    raise AssertionError


def is_whole(folder: Path | None) -> bool:
    return folder is None or {path.name for path in folder.rglob("*.py")} == {
        "__init__.py",
        "__main__.py",
    }


def test_a_power_cut_while_it_is_unpacked_leaves_a_toy_that_starts(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    old = came_up(software, "1.0")
    gone = software / ("0" * 64) / "satellite"  # as of an update before
    gone.mkdir(parents=True)
    (gone / "__main__.py").touch()
    packed = wheel("2.0")
    sha256 = sha256_of(packed)

    def die(steps: int) -> bool:
        (software / f"{sha256}.part").write_bytes(packed)
        return dies_after(steps, UNPACK, software, sha256, "2.0")

    def check() -> None:
        chosen = launcher.choose(software)
        assert chosen in (old, software / sha256)
        assert is_whole(chosen)
        assert Software(software, "").failed == ""  # nothing half was ever on trial

    assert each_step(die, check) > 10
    assert Software(software, "").trial == sha256


def test_a_power_cut_while_what_was_damaged_comes_anew_leaves_a_toy_that_starts(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    packed, folder = wheel("1.0"), came_up(software, "1.0")

    def die(steps: int) -> bool:
        if folder.exists():
            (folder / "satellite" / "__main__.py").unlink(missing_ok=True)
        (software / f"{folder.name}.part").write_bytes(packed)
        return dies_after(steps, UNPACK, software, folder.name, "1.0")

    def check() -> None:
        chosen = launcher.choose(software)
        assert chosen in (None, folder)
        assert is_whole(chosen)

    assert each_step(die, check) > 10
    assert Software(software, "").trial == folder.name


def test_a_power_cut_while_it_comes_up_costs_at_most_another_try(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    new = on_trial(software, "2.0")
    steps = each_step(
        lambda steps: dies_after(steps, CAME_UP, software, new.name),
        lambda: None,
    )
    assert steps > 1
    assert launcher.choose(software) == new
    assert Software(software, new.name).trial == ""


def test_a_power_cut_in_the_launcher_leaves_something_to_start(
    launcher: ModuleType, software: Path, alarms: list[int]
) -> None:
    old = came_up(software, "1.0")
    new = on_trial(software, "2.0")

    def check() -> None:
        assert launcher.standing(software) == old
        assert Software(software, "").trial in (new.name, "")

    for _ in range(launcher.MAX_STARTS + 1):
        each_step(lambda steps: dies_after(steps, CHOOSE, software, LAUNCHER), check)
    assert launcher.choose(software) == old
    assert Software(software, "").failed == new.name
