"""The installer: what it puts where, twice the same, and away again; and the service that it sets up."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.netns import own_network
from tests.programs import needs

ROOT = Path(__file__).parents[2]
PARTS = ROOT / "satellite" / "install"
SCRIPT = PARTS / "install.sh"
UNIT = PARTS / "pommai-satellite.service"


def install(into: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with own_network.left():
        return subprocess.run(
            ["sh", str(SCRIPT), *arguments],
            env={**os.environ, "DESTDIR": str(into)},
            capture_output=True,
            text=True,
            timeout=280,
        )


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@needs("shellcheck")
def test_the_script_is_clean() -> None:
    subprocess.run(["shellcheck", str(SCRIPT)], check=True)


def test_a_dry_run_shows_each_step_and_does_none(tmp_path: Path) -> None:
    done = install(tmp_path, "--dry-run", "--name", "Teddy", "--hardware", "usb")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"+ python3 -m venv {tmp_path}/opt/pommai-satellite" in done.stdout
    assert "--require-hashes" in done.stdout
    assert f"+ write {tmp_path}/etc/systemd/system/pommai-satellite.service" in done.stdout
    assert files_below(tmp_path) == set()


def test_help_lists_each_option_and_does_nothing(tmp_path: Path) -> None:
    done = install(tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    options = set(re.findall(r"^ {6}(--[a-z-]+)|\| (--[a-z-]+)", SCRIPT.read_text(), re.MULTILINE))
    for option in {one or other for one, other in options}:
        assert f"  {option} " in done.stdout
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hardware", "piano"], "--hardware piano: must be alsa, usb or respeaker-2mic"),
        (["--wake", "stream"], "--wake stream: must be manual, voice or word"),
        (["--name"], "--name needs a value"),
        (["--wheel", "none.whl"], "--wheel none.whl: there is no such file"),
        (["--wheel", str(SCRIPT)], "is it a wheel of pommai?"),
        (["--forget"], "--forget goes with --uninstall"),
        (["--nmae", "Teddy"], "--nmae: unknown"),
        (["--dry-run", "--name", 'a"b'], "take no quotes"),
        (["--dry-run", "--name", "$(reboot)"], "take no quotes"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    refused = install(tmp_path, *arguments)
    assert refused.returncode == 1
    assert said in refused.stderr.splitlines()[-1]
    assert files_below(tmp_path) == set()


def test_the_lock_pins_everything_and_names_no_index() -> None:
    lock = (PARTS / "requirements.txt").read_text()
    packages = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    needed = {"gpiozero", "packaging", "pymicro-vad", "wyoming", "zeroconf", "hatchling"}
    assert needed <= set(packages)
    assert not {"aiohttp", "openai", "sqlalchemy"} & set(packages)
    assert lock.count("--hash=sha256:") >= len(packages)
    assert "://" not in lock


def _has_index(folder: Path) -> bool:
    """Whether pip gets at packages here; `folder` is for what it fetches."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "ifaddr==0.2.0"]
    with own_network.left():
        return subprocess.run([*command, "--dest", folder], capture_output=True).returncode == 0


def test_it_installs_twice_the_same_keeps_settings_and_goes_away(tmp_path: Path) -> None:
    first = install(tmp_path, "--name", "Teddy Bear", "--hardware", "usb")
    if first.returncode and not _has_index(tmp_path / "fetched"):
        pytest.skip(f"pip reaches no packages here: {first.stderr[-300:]}")
    assert first.returncode == 0, first.stderr
    program = tmp_path / "opt" / "pommai-satellite" / "bin" / "pommai-satellite"
    told = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    assert "doctor" in told.stdout
    journal = tmp_path / "etc" / "systemd" / "journald.conf.d" / "pommai-satellite.conf"
    limits = re.findall(r"^(\w+MaxUse)=(\d+)M$", journal.read_text(), re.MULTILINE)
    assert {name for name, _ in limits} == {"SystemMaxUse", "RuntimeMaxUse"}
    assert all(int(megabytes) <= 64 for _, megabytes in limits), "logs fill the card"
    launcher = program.parents[1] / "launch.py"
    assert launcher.read_text() == (PARTS / "launch.py").read_text()
    command = [str(program.with_name("python")), str(launcher), "--help"]
    assert "doctor" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    settings = tmp_path / "etc" / "pommai-satellite.conf"
    settings.write_text(settings.read_text() + 'POMMAI_SATELLITE_PORT="10701"\n')

    sent = tmp_path / "var" / "lib" / "pommai-satellite" / "software" / "current"
    sent.mkdir(parents=True)

    again = install(tmp_path, "--hardware", "alsa", "--plain")
    assert again.returncode == 0, again.stderr
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("#")]
    assert sorted(lines) == [
        'POMMAI_SATELLITE_HARDWARE="alsa"',
        'POMMAI_SATELLITE_NAME="Teddy Bear"',
        'POMMAI_SATELLITE_PLAIN="yes"',
        'POMMAI_SATELLITE_PORT="10701"',
        'POMMAI_SATELLITE_STATE="/var/lib/pommai-satellite"',
    ]
    unit = tmp_path / "etc" / "systemd" / "system" / "pommai-satellite.service"
    assert unit.read_text() == UNIT.read_text()
    assert not sent.parent.exists(), "what a hub sent before is older than what is installed"

    state = tmp_path / "var" / "lib" / "pommai-satellite"
    (state / "device-id").write_text("00112233445566aa\n")
    assert install(tmp_path, "--uninstall").returncode == 0
    assert files_below(tmp_path) == {
        "etc/pommai-satellite.conf",
        "var/lib/pommai-satellite/device-id",
    }
    assert install(tmp_path, "--uninstall", "--forget").returncode == 0
    assert files_below(tmp_path) == set()


@needs("systemd-analyze", package="systemd")
def test_systemd_understands_the_service_and_finds_it_well_locked_in(tmp_path: Path) -> None:
    unit = tmp_path / "pommai-satellite.service"
    program = "/opt/pommai-satellite/bin/python"
    unit.write_text(UNIT.read_text().replace(program, "/bin/true"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout[-300:]


def test_the_service_is_one_that_the_toy_can_live_in() -> None:
    lines = UNIT.read_text().splitlines()
    for line in (
        "Type=notify",
        "WatchdogSec=30",
        "Restart=always",
        "MemoryMax=120M",
        "LimitDATA=192M",  # on Raspberry Pi OS the line above has no effect
        "StateDirectory=pommai-satellite",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "User=pommai-satellite",
    ):
        assert line in lines
    assert not [line for line in lines if line.startswith("ReadWritePaths")]
