"""Ready characters that a parent can choose for a toy."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final

from hub.core.toys.voices import Voices
from hub.domain.audio import PcmChunk
from hub.domain.toys import Toy, Voice
from hub.errors import NotFoundError
from hub.knowledge.characters import Character, characters
from hub.translation import gettext as _

__all__ = ["Character", "Characters"]

LANGUAGE: Final = "en"
"""In which the characters' voices speak."""


class Characters:
    def __init__(self, voices: Voices) -> None:
        self._voices = voices

    def list(self) -> Sequence[Character]:
        """In the order in which to show them. Reads the disk, the first time."""
        return characters()

    def get(self, character_id: str) -> Character:
        """Raises NotFoundError."""
        for character in characters():
            if character.id == character_id:
                return character
        names = ", ".join(character.id for character in characters())
        raise NotFoundError(
            _(
                "there is no character %(character_id)s: there are %(names)s",
                character_id=repr(character_id),
                names=names,
            )
        )

    async def given_to(self, toy: Toy, character: Character) -> Toy:
        """`toy` with that character, and with the voice for it in the program that speaks first for the toy."""
        return replace(
            toy,
            persona=character.persona,
            temperature=character.temperature,
            voice=await self.voice(toy, character),
        )

    async def voice(self, toy: Toy, character: Character) -> Voice:
        """The one for it in the program that speaks first for the toy; in another language than ours the toy's own."""
        if not toy.language.startswith(LANGUAGE):
            return toy.voice
        return character.voice(await self._voices.speaker(toy))

    async def hear(self, toy: Toy, character: Character) -> AsyncGenerator[PcmChunk]:
        """How `toy` would say hello with that character, at 16 kHz, as far as the guard lets it."""
        async for chunk in self._voices.sample(
            await self.given_to(toy, character), character.hello
        ):
            yield chunk
