"""The installed `pommai-hub`, run as a person does, and its commands within this process."""

import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from hub.__main__ import main

HUB = Path(sys.executable).parent / "pommai-hub"
LIMIT_S = 60
ENV = {k: v for k, v in os.environ.items() if not k.startswith("POMMAI_")}


def pommai_hub(
    *args: str | Path, cwd: Path | None = None, stdin: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HUB, *args],
        cwd=cwd or "/",
        env=ENV | environ,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def hub_command(
    *args: str | Path, stdin: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """What `pommai_hub` answers, without the seconds that a process takes to load a hub."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir("/")
        for name in os.environ.keys() - ENV.keys():
            patch.delenv(name)
        for name, value in ({"COLUMNS": "80"} | environ).items():
            patch.setenv(name, value)
        for name, stream in (("stdin", StringIO(stdin)), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        for name, module in list(sys.modules.items()):
            if name.startswith("hub.cli.") and hasattr(module, "console"):
                # A console asks for its width once, when its module is loaded.
                patch.setattr(module.console, "width", int(os.environ["COLUMNS"]))
        try:
            code = main([*map(str, args)])
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(args, code, out.getvalue(), err.getvalue())


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said; it must be one line on stderr, with exit code 2."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


class RunningHub:
    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [HUB, "run", "--data", data, "--port", "0", "--interface", "127.0.0.1"],
            cwd="/",
            env=ENV,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("One-time code"):
                break

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        """Exit code and stderr."""
        self.process.send_signal(how)
        _, stderr = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, stderr
