"""The hub as a service: its installer brings it up to date, and back where the new version doesn't come up."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.devices.processes import free_port
from tests.programs import needs

ROOT = Path(__file__).parents[2]
PARTS = ROOT / "hub" / "install"
SCRIPT = PARTS / "install.sh"
UNIT = PARTS / "pommai-hub.service"


def install(into: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments],
        env={**os.environ, "DESTDIR": str(into), **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


@needs("shellcheck")
def test_the_script_is_clean() -> None:
    subprocess.run(["shellcheck", str(SCRIPT)], check=True)


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def version(folder: Path, program: str) -> Path:
    script(folder / "bin" / "pommai-hub", program)
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Path]:
    """A folder to install into, where three programs stand for systemd's: they start, stop and ask a real hub."""
    into = tmp_path / "machine"
    data, pid, port = into / "var/lib/pommai-hub", into / "pid", free_port()
    run = f"{into}/opt/pommai-hub/current/bin/pommai-hub run --data {data} --port {port}"
    ask = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/health', timeout=2)"
    script(into / "start", f"{run} >{into}/log 2>&1 &\necho $! >{pid}")
    wait = f"kill $(cat {pid}); while kill -0 $(cat {pid}); do sleep .05; done; rm {pid}"
    script(into / "stop", f"test ! -e {pid} || {{ {wait}; }} 2>/dev/null")
    script(into / "answers", f'exec {sys.executable} -c "{ask}" 2>/dev/null')
    yield into
    if pid.exists():
        with suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), signal.SIGTERM)


def test_a_version_that_does_not_come_up_gives_way_to_the_one_of_before_with_its_data(
    machine: Path, tmp_path: Path
) -> None:
    data = machine / "var/lib/pommai-hub"
    good = f'exec {sys.executable} -m hub "$@"'
    done = install(machine, "--prepared", str(version(tmp_path / "v1", good)))
    assert done.returncode == 0, (done.stderr, (machine / "log").read_text())
    first = (machine / "opt/pommai-hub/current").readlink()
    with closing(sqlite3.connect(data / "pommai.db")) as household, household:
        household.execute("INSERT INTO meta VALUES ('ours', 'still here')")

    bad = f"echo spoiled >{data}/pommai.db; rm -rf {data}/certs; exit 1"
    back = install(machine, "--prepared", str(version(tmp_path / "v2", bad)), FIRST_ANSWER_S="1")
    assert back.returncode == 1
    assert "going back" in back.stdout
    assert "the hub runs as before" in back.stderr
    assert (machine / "opt/pommai-hub/current").readlink() == first
    with closing(sqlite3.connect(data / "pommai.db")) as household:
        kept = household.execute("SELECT value FROM meta WHERE key = 'ours'").fetchone()
    assert kept == ("still here",)
    assert subprocess.run([str(machine / "answers")]).returncode == 0

    subprocess.run([str(machine / "stop")], check=True)
    assert install(machine, "--uninstall").returncode == 0
    assert not (machine / "opt/pommai-hub").exists()
    assert (data / "pommai.db").exists()
    assert install(machine, "--uninstall", "--forget").returncode == 0
    assert not data.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prepared"], "--prepared needs a value"),
        (["--prepared", "/none"], "there is no bin/pommai-hub in it"),
        (["--forget"], "--forget goes with --uninstall"),
        (["--nmae"], "--nmae: unknown"),
    ],
)
def test_what_can_not_be_is_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    refused = install(tmp_path, *arguments)
    assert refused.returncode == 1
    assert said in refused.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_does_nothing(tmp_path: Path) -> None:
    done = install(tmp_path, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--require-hashes" in done.stdout
    assert list(tmp_path.iterdir()) == []


@needs("systemd-analyze", package="systemd")
def test_systemd_understands_the_service_and_finds_it_well_locked_in(tmp_path: Path) -> None:
    unit = tmp_path / "pommai-hub.service"
    program = "/opt/pommai-hub/current/bin/pommai-hub"
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
