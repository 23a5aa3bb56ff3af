"""The one way to words that a toy may say: made speakable, masked where a voice is in the cloud, then checked."""

from collections.abc import Iterable, Sequence

from hub.domain.safety import ContextLine, Direction, SafeText, Verdict
from hub.domain.toys import Toy
from hub.egress.masking import Masker
from hub.pipeline.answer.clauses import speakable
from hub.pipeline.context import TurnServices
from hub.providers.base import Tts
from hub.safety.guard import Guard


async def masker_for(services: TurnServices, toy: Toy, voices: Sequence[Tts]) -> Masker | None:
    """None where each of `voices` is local, so that what is said goes to nobody."""
    if all(voice.local for voice in voices):
        return None
    return await services.outgoing.masker(keep=(toy.name,))


class WordCheck:
    """Checks what one toy is about to say, each clause with those before it."""

    def __init__(
        self, guard: Guard, toy: Toy, masker: Masker | None, before: Iterable[ContextLine] = ()
    ) -> None:
        self._guard = guard
        self._policy = guard.policy_for(toy)
        self._language = toy.language
        self._masker = masker
        self._before = list(before)

    def speakable(self, written: str) -> str:
        """What is to be checked, and said; "" where nothing in it has a sound."""
        masked = self._masker.mask(written) if self._masker else written
        return speakable(masked, self._language)

    async def check(self, clause: str) -> tuple[Verdict, SafeText | None]:
        """None: the guard refuses what `speakable` gave."""
        verdict, safe = await self._guard.check_toy(clause, self._policy, self._before)
        self._before.append(ContextLine(Direction.TOY, clause))
        return verdict, safe
