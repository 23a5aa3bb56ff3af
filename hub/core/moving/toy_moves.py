"""Toys that leave for another household as a file, and toys that come in with one."""

import asyncio
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.core.family.memories import Memories
from hub.core.moving.archive import ToyFile, read, write
from hub.core.moving.parts import (
    MAX_FILE_BYTES,
    DocumentPart,
    KnowledgePart,
    MemoriesPart,
    MemoryPart,
    ToyPart,
    VoicePart,
)
from hub.core.toys.voices import VoiceOffer, Voices
from hub.domain.clock import Clock
from hub.domain.family.children import Child
from hub.domain.family.documents import Document, DocumentFormat, DocumentState
from hub.domain.family.memories import MAX_MEMORIES
from hub.domain.safety import Category, SafetyLevel, SafetyPolicy
from hub.domain.toys import Toy, Voice
from hub.errors import NotFoundError, PommaiError, RefusedError
from hub.knowledge.documents.passages import whole
from hub.knowledge.memories.fitness import Fitness
from hub.safety.guard import MAX_TEXT_CHARS, Guard
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked

__all__ = ["MAX_FILE_BYTES", "Arrival", "ToyMoves"]

LIST_S: Final = 10.0
"""An import doesn't wait longer for a provider's list of voices."""
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+|\n+")
GRAVE: Final = 6
"""Severity from which on one sentence of a character is refused, whatever the toy's level.

Below it the classifier, which knows talk, misreads descriptions of a toy: those that ship with us get up to 5."""


NOT_AGREED: Final = marked(
    "It speaks with the usual voice now: its own is a copy of a person’s, who has not agreed to it here."
)
NOT_CHOSEN: Final = marked(
    "It speaks with the usual voice now: %(by)s, which spoke for it, is not chosen here."
)
NOT_TOLD: Final = marked(
    "It speaks with the usual voice now: %(by)s can’t tell just now whether it has its own."
)
NOT_THERE: Final = marked(
    "It speaks with the usual voice now: %(by)s has no voice “%(name)s” here."
)

NOT_TAKEN: Final = marked(
    "These settings of its voice stayed behind, as %(by)s takes none such: %(names)s."
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A toy that came in."""

    toy: Toy
    notes: Sequence[str]
    """What did not come along as it was, a sentence each."""


class ToyMoves:
    """Of one household."""

    def __init__(
        self, store: Store, guard: Guard, voices: Voices, memories: Memories, clock: Clock
    ) -> None:
        self._store = store
        self._guard = guard
        self._voices = voices
        self._memories = memories
        self._clock = clock
        self._fitness = Fitness.load()

    async def pack(self, toy: Toy, child_id: str = "", *, knowledge: bool = False) -> bytes:
        """`toy` as a file, with what toys remember of that child, if any, and on wish with what it alone knows.

        Raises NotFoundError, RefusedError where that is too much.
        """
        copies = {consent.voice_id for consent in await self._store.voice_consents.list()}
        voice = VoicePart.of(
            toy.voice, await self._voices.speaker(toy), copied=toy.voice.name in copies - {""}
        )
        memories = await self._packed(await self._child(child_id)) if child_id else None
        known = await self._known(toy) if knowledge else None
        file = ToyFile(ToyPart.of(toy, voice), memories, known)
        return await asyncio.to_thread(write, file, self._clock.now())

    async def unpack(self, content: bytes, name: str = "", child_id: str = "") -> Arrival:
        """A new toy of that file, called `name` or as it was; the lines are that child's, who must be called as theirs.

        Nothing is kept where it raises: RefusedError for what is no toy's file, what the guard doesn't let pass, or
        a name that is taken; NotFoundError.
        """
        file = await asyncio.to_thread(read, content)
        called = " ".join((name or file.toy.name).split())
        await self._check(file.toy, called)
        child = await self._child(child_id) if child_id else None
        if child and file.memories and _key(child.name) != _key(file.memories.child):
            raise RefusedError(
                _(
                    "the memories in that file are about %(child)s, and not about %(name)s: choose "
                    "the child of that name, or nobody",
                    child=file.memories.child,
                    name=child.name,
                )
            )
        voice, notes = await self._voice(file.toy.voice)
        toy = file.toy.toy(uuid.uuid4().hex, called, voice)
        if voice.provider:
            toy = await self._voices.given_to(toy, voice)
        toy = await self._store.toys.save(toy)
        notes = [*notes, *await self._remember(file.memories, child)]
        return Arrival(toy, [*notes, *await self._learn(file.knowledge, toy)])

    async def _packed(self, child: Child) -> MemoriesPart:
        lines = await self._memories.list(child.id)
        used = [line for line in lines if line.replaced_at is None]
        return MemoriesPart(
            child=child.name,
            lines=[
                MemoryPart(text=line.text, about=line.about, sure=line.sure)
                for line in used[:MAX_MEMORIES]
            ],
        )

    async def _known(self, toy: Toy) -> KnowledgePart:
        """What was taken from each text that it alone was given."""
        own = [
            each
            for each in reversed(await self._store.documents.list())
            if each.toy_id == toy.id and each.state is DocumentState.READY
        ]
        return KnowledgePart(
            documents=[
                DocumentPart(
                    title=each.title,
                    kind=each.kind,
                    language=each.language,
                    source=each.source,
                    text=whole([one.text for one in await self._store.passages.text(each.id)]),
                )
                for each in own
            ]
        )

    async def _check(self, part: ToyPart, name: str) -> None:
        """Raises RefusedError, which says what of the toy the guard doesn't let pass."""
        if part.language.partition("-")[0] not in {
            language.partition("-")[0] for language in self._guard.languages
        }:
            raise RefusedError(
                _(
                    "that toy speaks “%(language)s”, which the guard of this hub has no sentences for",
                    language=part.language,
                )
            )
        # Without its blocked topics: a character may say what it doesn't talk of.
        policy = self._guard.policy(part.safety_level, thresholds=part.thresholds)
        character = "\n".join(part.toy("", name, Voice()).persona.texts()).replace("{toy}", name)
        texts = {"name": name, "character": character}
        texts |= {
            _("blocked topic “%(topic)s”", topic=topic): topic for topic in part.blocked_topics
        }
        for what, text in texts.items():
            about = await self._flagged(text, policy)
            # A topic may be about anything, as the toy does not talk of it; but it gives no orders.
            if about and (what in ("name", "character") or about is Category.JAILBREAK):
                raise RefusedError(
                    _(
                        "the guard does not let that toy in: its %(what)s is about %(about)s",
                        what=what,
                        about=about.replace("_", " "),
                    )
                )

    async def _flagged(self, text: str, policy: SafetyPolicy) -> Category | None:
        """What the guard has against the whole, as if the toy said it, or finds grave in one sentence."""
        for at in range(0, len(text), MAX_TEXT_CHARS // 2):
            verdict, safe = await self._guard.check_toy(text[at : at + MAX_TEXT_CHARS], policy)
            if safe is None:
                return verdict.category
        strict = self._guard.policy(SafetyLevel.STRICT)
        for sentence in _SENTENCE_END.split(text):
            verdict, _ = await self._guard.check_toy(sentence[:MAX_TEXT_CHARS], strict)
            if verdict.severity >= GRAVE:
                return verdict.category
        return None

    async def _voice(self, part: VoicePart) -> tuple[Voice, Sequence[str]]:
        """The voice as this household can have it, and what isn't as it was."""
        if not part.name and not part.settings:
            return Voice(), ()
        by = _shown(part.provider)
        why, offer = await self._looked_for(part)
        if why:
            return Voice(), [_(why, by=by, name=_shown(part.name))]
        known = {each.name: each for each in offer.settings}
        settings = {
            name: value
            for name, value in part.settings.items()
            if name in known and known[name].takes(value)
        }
        gone = ", ".join(sorted(part.settings.keys() - settings.keys()))
        notes = [_(NOT_TAKEN, by=by, names=gone)] if gone else []
        sent_as = part.format if part.format in offer.formats else ""
        return replace(part.voice(), settings=settings, format=sent_as), notes

    async def _looked_for(self, part: VoicePart) -> tuple[str, VoiceOffer]:
        """Which message says why the voice can't be had, "" where it can; and what its provider has."""
        consents = await self._store.voice_consents.list()
        agreed = {kept.voice_id for kept in consents if not kept.withdrawn_at}
        if part.copied and part.name not in agreed:
            return NOT_AGREED, VoiceOffer(())
        if part.provider not in await self._voices.at_hand():
            return NOT_CHOSEN, VoiceOffer(())
        try:
            async with self._clock.timeout(LIST_S):
                offer = await self._voices.offered(part.provider)
        except (PommaiError, TimeoutError):
            return NOT_TOLD, VoiceOffer(())
        known = {"", *(voice.id for voice in offer.voices)}
        listed = part.name.partition("+")[0]  # no list has espeak-ng's variants, such as en-gb+m7
        return ("" if known & {part.name, listed} else NOT_THERE), offer

    async def _remember(self, part: MemoriesPart | None, child: Child | None) -> Sequence[str]:
        if part is None or not part.lines:
            return ()
        if child is None:
            return [_("What it remembered of %(child)s did not come along.", child=part.child)]
        notes = []
        for line in reversed(part.lines):
            try:
                if not self._fitness.of_line(line.text):
                    raise RefusedError(_("toys remember no such things"))
                await self._memories.take_in(child.id, line.text, line.about, line.sure)
            except PommaiError as error:
                why = {"line": _shown(line.text), "why": error}
                notes.append(_("“%(line)s” is not remembered: %(why)s.", **why))
        return notes

    async def _learn(self, part: KnowledgePart | None, toy: Toy) -> Sequence[str]:
        """As texts that a parent adds: read, bounded, and for no model outside the home until a parent agrees."""
        if part is None or not part.documents:
            return ()
        notes = [_("It brought texts along: read them under “What toys know”.")]
        for each in part.documents:
            document = Document(
                uuid.uuid4().hex,
                each.title,
                each.kind,
                DocumentFormat.TEXT,
                self._clock.now(),
                each.language,
                toy.id,
                each.source,
            )
            try:
                await self._store.documents.add(document, each.text.encode("utf-8", "replace"))
            except PommaiError as error:
                title = _shown(each.title)
                notes.append(_("“%(title)s” did not come along: %(why)s.", title=title, why=error))
        return notes

    async def _child(self, child_id: str) -> Child:
        child = await self._store.children.get(child_id)
        if child is None or child.archived:
            raise NotFoundError(_("there is no such child: they were removed meanwhile"))
        return child


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:60])
