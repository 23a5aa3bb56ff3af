"""The installed `pommai-hub`, run as a person does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

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
