"""The storyteller as one toy and not as another: its lines bent to the persona that a parent wrote.

What is true, kind or careful stays word for word; greetings, what stands between, openings and goodbyes, and who
stories are about, follow the persona. A catchphrase is said rarely. All of it passes the guard like every other line.
"""

import re
from collections.abc import Iterable, Mapping

from hub.domain.persona import DEFAULT_PERSONA, Persona, ReplyLength
from hub.providers.llm.storyteller.conversation import Conversation, plain
from hub.providers.llm.storyteller.script import Manner, Script, StoryPart, Topic
from hub.providers.llm.storyteller.skills import Skills
from hub.providers.llm.storyteller.stories import singular

CATCHPHRASE_TURNS = 6
"""For so many of the toy's turns a catchphrase isn't said again …"""
CATCHPHRASE_CHANCE = 0.4
"""… and then it is, in so many of those that it fits."""
ASIDE_CHANCE: Mapping[ReplyLength, float] = {
    ReplyLength.SHORT: 0.0,
    ReplyLength.NORMAL: 0.25,
    ReplyLength.CHATTY: 0.8,
}
"""How often something follows what is true."""


class InCharacter:
    """Answers as the toy that `persona` says."""

    def __init__(self, script: Script, persona: Persona) -> None:
        self._manner = manner_of(script, persona)
        self._script = bent(script, persona, self._manner)
        self._skills = Skills(self._script)
        self._persona = persona

    def answer(self, talk: Conversation) -> str:
        """What to say now; always something."""
        text = self._skills.answer(talk)
        if talk.calm or self._persona == DEFAULT_PERSONA or self._is_careful(talk):
            return text
        if text.endswith("?"):
            return text  # the child's turn
        after = self._aside(talk, text) or self._catchphrase(talk)
        return f"{text} {after}" if after else text

    def _is_careful(self, talk: Conversation) -> bool:
        """Honesty, comfort, privacy and goodbyes are said as they are written, and so is what nobody spoke to."""
        return not talk.heard or any(
            pattern.search(talk.heard) for topic in self._script.first for pattern in topic.when
        )

    def _catchphrase(self, talk: Conversation) -> str:
        phrases = [talk.fill(phrase) for phrase in self._persona.catchphrases]
        lately = talk.said[-CATCHPHRASE_TURNS:]
        said = any(plain(phrase) in line for phrase in phrases for line in lately)
        if not phrases or said or talk.chance.random() >= CATCHPHRASE_CHANCE:
            return ""
        phrase = talk.chance.choice(phrases)
        return phrase if phrase[-1] in ".!?" else f"{phrase}."

    def _aside(self, talk: Conversation, text: str) -> str:
        chance = ASIDE_CHANCE[self._persona.reply_length]
        is_fact = any(fact.say == text for fact in self._script.facts)
        if self._manner is None or not is_fact or talk.chance.random() >= chance:
            return ""
        return talk.line(self._manner.aside)


def manner_of(script: Script, persona: Persona) -> Manner | None:
    """The one that fits best; None where no word calls for one."""
    if persona == DEFAULT_PERSONA:
        return None
    own = plain(" ".join((*persona.traits, persona.style, persona.kind))).split()
    fits = {manner.name: len({*manner.calls.split()} & {*own}) for manner in script.manners}
    best = max(script.manners, key=lambda manner: fits[manner.name])
    return best if fits[best.name] else None


def bent(script: Script, persona: Persona, manner: Manner | None) -> Script:
    """`script` as that persona says it."""
    if persona == DEFAULT_PERSONA:
        return script
    own = script.character
    likes = [re.sub(r"[{}]", "", each).strip(" .!?") for each in persona.interests]
    talk = (
        {name: mostly(lines, getattr(script.talk, name)) for name, lines in manner.talk.items()}
        if manner
        else {}
    )
    topics = {"today i": manner.talk["fallback"], **manner.topics} if manner else {}
    if likes:
        talk["fallback"] = talk.get("fallback", script.talk.fallback) + _of(own.interest, likes[:3])
        topics["favourite"] = _of(own.favourite, likes)
    return script.model_copy(
        update={
            "talk": script.talk.model_copy(update=talk),
            "first": _with(script.first, topics),
            "topics": _with(script.topics, topics),
            "fillers": script.fillers | _parts(persona, script),
        }
    )


def mostly(own: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Both, the toy's `own` so often that three of four times one of them is taken while it is fresh."""
    return own * max(1, 3 * len(others) // len(own)) + others


def _of(lines: Iterable[str], likes: Iterable[str]) -> tuple[str, ...]:
    return tuple(line.replace("{interest}", like) for like in likes for line in lines)


def _with(topics: tuple[Topic, ...], own: Mapping[str, tuple[str, ...]]) -> tuple[Topic, ...]:
    return tuple(
        topic.model_copy(update={"say": mostly(own[topic.name], topic.say)})
        if topic.name in own
        else topic
        for topic in topics
    )


def _parts(persona: Persona, script: Script) -> dict[StoryPart, tuple[str, ...]]:
    """Whom and what its stories are about where the child named nothing: what it is, and what it likes."""
    words, own = script.words, plain(" ".join((persona.kind, *persona.interests))).split()
    named = list(dict.fromkeys(singular(word, words) for word in own))
    found: dict[StoryPart, tuple[str, ...]] = {
        "hero": tuple(word for word in named if word in words.characters),
        "thing": tuple(word for word in named if word in words.things),
        "place": tuple(word for word in named if word in words.places),
    }
    return {
        part: mostly(options, script.fillers[part]) for part, options in found.items() if options
    }
