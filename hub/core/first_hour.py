"""The guided first hour: which of its steps are done, which were left out, and what is still to do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.core.devices import Devices
from hub.domain.family.first_hour import SetupProgress, SetupStep
from hub.domain.persona import DEFAULT_PERSONA
from hub.domain.toys import Toy
from hub.errors import NotFoundError
from hub.storage.store import Store
from hub.translation import gettext as _


@dataclass(frozen=True, slots=True)
class StepState:
    step: SetupStep
    done: bool
    """It was done there, or elsewhere on the pages."""
    left_out: bool


class FirstHour:
    """Every step can be taken up at any time; nothing else waits for one."""

    def __init__(self, store: Store, devices: Devices) -> None:
        self._store = store
        self._devices = devices

    async def progress(self) -> SetupProgress:
        return await self._store.first_hour.get()

    async def steps(self) -> Sequence[StepState]:
        """All of them, in order."""
        progress = await self.progress()
        done = {*progress.done, *await self._evident()}
        return [
            StepState(step, step in done, step in progress.left_out and step not in done)
            for step in SetupStep
        ]

    async def finish(self, step: SetupStep) -> None:
        progress = await self.progress()
        left_out = tuple(other for other in progress.left_out if other is not step)
        await self._keep(replace(progress, done=_with(progress.done, step), left_out=left_out))

    async def leave_out(self, step: SetupStep) -> None:
        progress = await self.progress()
        await self._keep(replace(progress, left_out=_with(progress.left_out, step)))

    async def remind(self, on: bool) -> None:
        """Whether the first page lists what is still to do."""
        await self._keep(replace(await self.progress(), reminds=on))

    async def toy(self) -> Toy | None:
        """The one to set up: what was chosen there before, or else the one that nobody has touched yet."""
        toys = await self._store.toys.list()
        chosen = (await self.progress()).toy_id
        for toy in toys:
            if toy.id == chosen:
                return toy
        untouched = [toy for toy in toys if toy.persona == DEFAULT_PERSONA]
        return untouched[0] if len(toys) == len(untouched) == 1 else None

    async def choose_toy(self, toy: Toy) -> None:
        """`toy`, which is kept already, is the one of this step."""
        await self._keep(replace(await self.progress(), toy_id=toy.id))
        await self.finish(SetupStep.TOY)

    async def _keep(self, progress: SetupProgress) -> None:
        await self._store.first_hour.save(progress)

    async def _evident(self) -> set[SetupStep]:
        """What was done without this guide."""
        store = self._store
        toys = await store.toys.list()
        adopted = [satellite for satellite in self._devices.list() if satellite.adopted]
        signs = {
            SetupStep.HOME: bool((await store.household.get()).country),
            SetupStep.CHILDREN: bool(await store.children.list()),
            SetupStep.TOY: len(toys) > 1 or any(toy.persona != DEFAULT_PERSONA for toy in toys),
            SetupStep.TRY: bool(await store.turns.recent(1)),
            SetupStep.DEVICE: bool(adopted),
            SetupStep.ALERTS: bool(await store.adults.list()),
        }
        return {step for step, shows in signs.items() if shows}


def step_named(name: str) -> SetupStep:
    """Raises NotFoundError."""
    try:
        return SetupStep(name)
    except ValueError as error:
        raise NotFoundError(
            _(
                "there is no step %(name)s: there are %(steps)s",
                name=repr(name),
                steps=", ".join(SetupStep),
            )
        ) from error


def _with(steps: tuple[SetupStep, ...], step: SetupStep) -> tuple[SetupStep, ...]:
    return tuple(each for each in SetupStep if each in {*steps, step})
