"""Who a toy is: saved in versions, and shown as a model is told of it."""

from collections.abc import Sequence
from dataclasses import replace

from hub.domain.persona import Persona, PersonaVersion
from hub.domain.toys import Toy
from hub.errors import NotFoundError, RefusedError
from hub.knowledge.prompt import system_prompt
from hub.safety.guard import Guard
from hub.storage.store import Store
from hub.translation import gettext as _

__all__ = ["Personas"]


class Personas:
    def __init__(self, store: Store, guard: Guard) -> None:
        self._store = store
        self._guard = guard

    async def versions(self, toy: Toy) -> Sequence[PersonaVersion]:
        """The newest, which the toy has now, first."""
        return await self._store.toys.personas(toy.id)

    async def version(self, toy: Toy, number: int) -> PersonaVersion:
        """Raises NotFoundError for one that is not kept."""
        for kept in await self.versions(toy):
            if kept.version == number:
                return kept
        raise NotFoundError(_("That version is not kept any more."))

    async def prompt(self, toy: Toy) -> str:
        """What a language model at home is told before a talk; of the child, where it can be only one."""
        children = await self._store.children.list()
        child = next((child for child in children if child.id == toy.child_id), None)
        return system_prompt(toy, child)

    async def save(self, toy: Toy, persona: Persona, by: str) -> Toy:
        """Keep it as the next version; the usual persona where nothing is written.

        `by` is who saves it. Raises RefusedError for a catchphrase that the guard would not let it say.
        """
        persona = persona.or_usual()
        policy = self._guard.policy_for(toy)
        for phrase in persona.catchphrases:
            _verdict, safe = await self._guard.check_toy(phrase.replace("{toy}", toy.name), policy)
            if safe is None:
                raise RefusedError(
                    _(
                        "The guard would not let it say “%(phrase)s”. Please write something else.",
                        phrase=phrase,
                    )
                )
        return await self._store.toys.save(replace(toy, persona=persona), by)
