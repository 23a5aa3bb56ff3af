"""Layers of a guard for tests: one that says yes, one that refuses, and every way to misbehave."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from hub.domain.safety import Category, CheckRequest, Verdict


@dataclass
class Yes:
    name: str = "yes"
    version: str = "1"
    asked: list[CheckRequest] = field(default_factory=list)

    async def check(self, request: CheckRequest) -> Verdict:
        self.asked.append(request)
        return Verdict(allowed=True, layer=self.name)


@dataclass
class Says:
    """Answers whatever it was given, be it a verdict or not."""

    answer: object
    name: str = "says"
    version: str = "1"

    async def check(self, request: CheckRequest) -> Verdict:
        return self.answer  # type: ignore[return-value]  # the point: a layer may answer nonsense


@dataclass
class Throws:
    error: BaseException
    name: str = "throws"
    version: str = "1"

    async def check(self, request: CheckRequest) -> Verdict:
        raise self.error


@dataclass
class Hangs:
    name: str = "hangs"
    version: str = "1"

    async def check(self, request: CheckRequest) -> Verdict:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


@dataclass
class CancelsItself:
    """Gives up as a task does that is cancelled, after a group of its own tasks failed."""

    name: str = "cancels"
    version: str = "1"

    async def check(self, request: CheckRequest) -> Verdict:
        await fails_in_a_group()
        raise asyncio.CancelledError


async def fails_in_a_group() -> None:
    """On Python before 3.13 the task that runs this counts as one that is cancelled ever after."""

    async def fails() -> None:
        raise OSError("nothing there")

    with contextlib.suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(asyncio.Event().wait())


def refusal(category: Category, severity: int) -> Verdict:
    return Verdict(allowed=False, category=category, severity=severity)
