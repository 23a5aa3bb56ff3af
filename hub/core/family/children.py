"""The children of a household, and which toys are theirs."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hub.domain.clock import Clock
from hub.domain.family.children import Child, birthday_problem
from hub.domain.toys import Toy
from hub.errors import DataError, NotFoundError, RefusedError
from hub.knowledge.speaker import has_now
from hub.storage.store import Store
from hub.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Belongings:
    """What hangs on a child's profile."""

    toys: Sequence[Toy]
    """Those that are this child's."""
    turns: int
    """How many turns are known to be this child's. They go when the child is removed."""


class Children:
    """Those of one household."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, *, archived: bool = False) -> Sequence[Child]:
        """By name; `archived`: those too that a parent put aside."""
        return await self._store.children.list(archived=archived)

    async def get(self, child_id: str) -> Child | None:
        return await self._store.children.get(child_id)

    async def named(self, name: str) -> Child:
        """By id or by name, in any case. Raises NotFoundError."""
        children = await self._store.children.list(archived=True)
        for child in children:
            if child.id == name or child.name.casefold() == name.casefold().strip():
                return child
        names = ", ".join(child.name for child in children)
        raise NotFoundError(
            _(
                "there is no child called %(name)s; there are %(names)s",
                name=repr(name),
                names=names or _("none"),
            )
        )

    async def save(self, child: Child) -> Child:
        """Add (an empty `id`) or change one; whether they are archived stays as it is.

        Raises DataError for a birthday that can't be or a name that is too long, RefusedError for another child's name.
        """
        if problem := birthday_problem(child, await self.today()):
            raise DataError(problem)
        return await self._store.children.save(
            child if child.id else replace(child, id=uuid.uuid4().hex)
        )

    async def archive(self, child_id: str, archived: bool) -> Child:
        """Put a child aside, so that no toy is theirs, or take them back. Raises NotFoundError."""
        return await self._store.children.archive(child_id, archived)

    async def belongings(self, child_id: str) -> Belongings:
        toys = [toy for toy in await self._store.toys.list() if child_id in toy.child_ids]
        return Belongings(toys, (await self._store.children.turn_counts()).get(child_id, 0))

    async def give(self, toy_id: str, child_ids: Iterable[str]) -> Toy:
        """Say whose toy it is. Raises NotFoundError for what isn't there, RefusedError for an archived child."""
        wanted = frozenset(child_ids)
        known = {child.id: child for child in await self._store.children.list(archived=True)}
        for child_id in wanted:
            if child_id not in known:
                raise NotFoundError(_("there is no such child: they were removed meanwhile"))
            if known[child_id].archived:
                raise RefusedError(
                    _("%(name)s is archived: take them back first", name=known[child_id].name)
                )
        return await self._store.toys.give(toy_id, wanted)

    async def hand(self, toy_id: str, child_id: str | None) -> Toy:
        """That child has the toy now, for the talk that goes on or begins within ten minutes; None: nobody knows.

        Raises NotFoundError, and RefusedError where it is another child's toy.
        """
        toy = await self._store.toys.get(toy_id)
        if toy is None:
            raise NotFoundError(_("there is no such toy: it was removed meanwhile"))
        if child_id is not None and child_id not in toy.child_ids:
            raise RefusedError(
                _("%(name)s is not that child’s toy: say so on its page first", name=toy.name)
            )
        return await self._store.toys.hand_to(toy_id, child_id)

    def who_has(self, toy: Toy) -> str | None:
        """The id of the child who has it now, as a parent says; None: nobody said so lately."""
        return has_now(toy, self._clock.now())

    async def today(self) -> date:
        """By the household's clock."""
        household = await self._store.household.get()
        return household.local(self._clock.now()).date()
