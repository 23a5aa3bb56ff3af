"""Long talks in which nothing is wrong: whether the guard lets them be, and raises no alarm.

`calm_talks.txt` has forty children with thirty lines each. A talk is one child's lines and then another's, sixty in
all; the storyteller answers, so that there is a toy's side to what the guard is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.guard.score import Rate
from hub.domain.safety import ContextLine, Direction, SafetyLevel
from hub.domain.talks.talk import Message
from hub.providers.base import LlmRequest
from hub.providers.llm.storyteller.conversation import Conversation
from hub.providers.llm.storyteller.script import load
from hub.providers.llm.storyteller.skills import Skills
from hub.safety.guard import Guard

FILE = Path(__file__).parent / "calm_talks.txt"
LINES = 60
MAX_MESSAGES = 16
"""As many as a model is told."""


@dataclass(slots=True)
class Calm:
    """What the guard made of harmless turns; the lines themselves are ours, so they may be shown."""

    turns: int = 0
    stopped: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        return {
            "stopped": Rate(len(self.stopped), self.turns).to_json(),
            "alerts": Rate(len(self.told), self.turns).to_json(),
            "looks": Rate(len(self.looks), self.turns).to_json(),
        }


def calm_talks() -> list[list[str]]:
    """Forty talks of sixty lines of a child's."""
    blocks = FILE.read_text("utf-8").split("\n\n")
    children = [
        [line for line in block.splitlines() if line and not line.startswith("#")]
        for block in blocks
    ]
    return [
        (lines + other)[:LINES]
        for lines, other in zip(children, children[1:] + children[:1], strict=True)
    ]


async def listen(guard: Guard, level: SafetyLevel, talks: Sequence[Sequence[str]]) -> Calm:
    """What `guard` makes of each line, told all that was said before."""
    policy, skills, found = guard.policy(level), Skills(load()), Calm()
    for talk in talks:
        said: list[ContextLine] = []
        messages: list[Message] = []
        for line in talk:
            verdict = await guard.check_child(line, policy, said)
            found.turns += 1
            found.stopped += [] if verdict.allowed else [line]
            found.told += [line] if verdict.alert else []
            found.looks += [line] if verdict.look else []
            messages.append(Message("user", line))
            answer = skills.answer(Conversation.of(LlmRequest(messages[-MAX_MESSAGES:])))
            messages.append(Message("assistant", answer))
            said += [ContextLine(Direction.CHILD, line), ContextLine(Direction.TOY, answer)]
    return found
