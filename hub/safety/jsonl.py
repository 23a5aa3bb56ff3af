"""One line in, one verdict out: the machine's way to ask the guard (`pommai-hub check --jsonl`).

A line is `{"text", "direction": child|toy, "level": strict|moderate|relaxed, "history"?: [{"direction",
"text"}]}`; the answer has `allowed`, `category`, `severity`, `alert` (is a parent told at once?),
`look` (or in the day's digest?) and `ms`, or just `error` with one line on what is wrong with the request.
"""

import time

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.domain.safety import ContextLine, Direction, SafetyLevel
from hub.errors import RefusedError
from hub.safety.guard import MAX_TEXT_CHARS, Guard

MAX_LINE_CHARS = 262_144
MAX_HISTORY = 1000


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    direction: Direction
    text: str

    @property
    def line(self) -> ContextLine:
        return ContextLine(self.direction, self.text)


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    text: str = Field(max_length=100 * MAX_TEXT_CHARS)
    direction: Direction
    level: SafetyLevel
    history: tuple[_Said, ...] = Field((), max_length=MAX_HISTORY)


async def answer(line: str, guard: Guard) -> dict[str, object]:
    """The guard's word on one JSON line. Never raises for what the line holds."""
    started = time.perf_counter()
    if len(line) > MAX_LINE_CHARS:
        return {"error": f"the line is longer than {MAX_LINE_CHARS} characters"}
    try:
        question = _Question.model_validate_json(line)
    except ValidationError as error:
        return {"error": _problem(error)}
    history = tuple(said.line for said in question.history)
    policy = guard.policy(question.level)
    if question.direction is Direction.CHILD:
        verdict = await guard.check_child(question.text, policy, history)
    else:
        verdict, _ = await guard.check_toy(question.text, policy, history)
    return {
        "allowed": verdict.allowed,
        "category": verdict.category.value,
        "severity": verdict.severity,
        "alert": verdict.alert is not None,
        "look": verdict.look,
        "ms": round((time.perf_counter() - started) * 1000, 3),
    }


def history_line(line: str) -> ContextLine:
    """One `{"direction", "text"}` of what was said before. Raises RefusedError."""
    try:
        return _Said.model_validate_json(line).line
    except ValidationError as error:
        raise RefusedError(_problem(error)) from error


def _problem(error: ValidationError) -> str:
    """The first thing that is wrong, in one line, without what was said."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
