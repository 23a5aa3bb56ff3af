"""What `pommai-hub demo` shows: a few lines, and a small live table while the toy talks."""

import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from guardian_web.phone.listener import PhonesWelcome
from hub.app import Ready
from hub.cli.run import say_phones
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Satellite
from hub.events import TurnStep

STEPS = {
    "endpoint": "the child has surely finished",
    "transcript": "words recognised",
    "check": "words checked",
    "first_token": "first word of the answer",
    "first_clause": "first clause checked",
    "first_audio": "first sound on its way",
    "answered": "answer complete",
}


class View:
    """Prints for a person, or with `as_json` one object for a program as the last line of stdout."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=as_json, quiet=as_json, highlight=False, emoji=False)
        self._steps: dict[str, float] = {}
        self._turn: Turn | None = None
        self._state = ""
        self._live: Live | None = None

    def ready(self, ready: Ready) -> None:
        self._console.print(f"[bold]Pommai hub[/] is up. It took: {ready.providers}")
        if ready.guardian_url:
            self._console.print(f"Guardian page: [bold]{ready.guardian_url}[/]")
        if ready.guardian_url and ready.setup_code:
            self.new_code(ready.setup_code)

    def new_code(self, code: str) -> None:
        self._console.print(f"One-time code to set a password there: [bold]{code}[/]")

    def phones(self, welcome: PhonesWelcome) -> None:
        if not self._as_json:
            say_phones(welcome)

    def started(self, process_id: int) -> None:
        self._console.print(f"A simulated toy starts as process {process_id} …")

    def found(self, name: str) -> None:
        self._console.print(
            f"Found [bold]{name}[/] over zeroconf on loopback; pairing with the code that it says."
        )

    def linked(self) -> None:
        self._console.print(
            "Linked. Now a child speaks to it. Times count from its last sound; "
            "work begins before it is sure to have finished.\n"
        )

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Show the turn as it happens: live on a terminal, line by line elsewhere."""
        if self._console.quiet or not self._console.is_terminal:
            yield
            return
        with Live(self._table(), console=self._console, refresh_per_second=12) as self._live:
            yield
        self._live = None

    def step(self, step: TurnStep) -> None:
        self._steps[step.step] = step.at_ms
        if step.step in STEPS:
            self._show(f"{step.at_ms:8.0f} ms  {STEPS[step.step]}")

    def changed(self, turn: Turn) -> None:
        before, self._turn = self._turn, turn
        if before is None:
            self._show(f"   heard     “{turn.heard}”")
        for line in turn.said[len(before.said) if before else 0 :]:
            self._show(f"   said      “{line}”")

    def satellites(self, satellites: Sequence[Satellite]) -> None:
        self._state = ", ".join(s.state for s in satellites if s.adopted)
        self._show("")

    def result(self, outcome: dict[str, Any]) -> None:
        if self._as_json:
            print(json.dumps(outcome, ensure_ascii=False), flush=True)  # noqa: T201 - the result
        elif not outcome["heard"]:
            self._console.print("Nothing was heard in that recording, so nothing was stored.")
        elif not outcome["allowed"]:
            self._console.print(
                f"\nThe guard stopped this ({outcome['category']}); the toy changed the subject"
                + (", and the parents have an alert." if outcome["alert"] else ".")
            )

    def stopped(self) -> None:
        self._console.print("Stopped.")

    def stays_up(self, data: Path) -> None:
        self._console.print(
            "\nEverything stays up; Ctrl-C ends it. To hear the toy and talk to it yourself, open the "
            "Guardian page, then Try.\nIn another terminal, try:"
        )
        command = ["say", "--data", str(data), "--toy", "Pommai", "tell me a riddle"]
        # A line break of ours in it would be copied with it.
        self._console.print(
            f"  .venv/bin/pommai-hub {shlex.join(command)}", markup=False, soft_wrap=True
        )

    def _show(self, line: str) -> None:
        if self._live is not None:
            self._live.update(self._table())
        elif line:
            self._console.print(line, markup=False)

    def _table(self) -> Table:
        table = Table(show_header=False, box=None, padding=(0, 2))
        table.add_column(justify="right", style="cyan", min_width=9)
        table.add_column(overflow="fold")
        for step, meaning in STEPS.items():
            at_ms = f"{self._steps[step]:.0f} ms" if step in self._steps else "·"
            table.add_row(at_ms, Text(meaning, style="" if step in self._steps else "dim"))
        turn = self._turn
        table.add_row("heard", Text(f"“{turn.heard}”" if turn else "…", style="bold"))
        table.add_row("said", Text(f"“{' '.join(turn.said)}”" if turn and turn.said else "…"))
        refused = turn is not None and turn.state is TurnState.REFUSED
        table.add_row("toy", Text(self._state + (" (redirected)" if refused else "")))
        return table
