"""A parent's own words for a toy to say: checked like any others, and without a child's name for a voice outside."""

from hub.domain.safety import SafeText
from hub.domain.toys import Toy
from hub.errors import RefusedError
from hub.pipeline.clauses import speakable
from hub.pipeline.services import TurnServices


async def checked(services: TurnServices, toy: Toy, text: str) -> SafeText:
    """What `toy` may say of it. Raises RefusedError, DataError."""
    words = text
    voices = await services.providers.tts(toy)
    if not all(voice.local for voice in voices):
        words = (await services.outgoing.masker(keep=(toy.name,))).mask(words)
    words = speakable(words, toy.language)
    if not words:
        raise RefusedError("there is nothing in it that can be said aloud")
    verdict, safe = await services.guard.check_toy(words, services.guard.policy_for(toy))
    if safe is None:
        about = verdict.category.value.replace("_", " ")
        raise RefusedError(
            f"the guard does not let {toy.name} say that: {about} ({verdict.reason})"
        )
    return safe
