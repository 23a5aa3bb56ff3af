"""What a child says about what was just said: why, and then, again, what did you say, something else."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from hub.providers.llm.storyteller.conversation import Conversation, plain
from hub.providers.llm.storyteller.script import Fact, Script, Story

ABOUT_STORY = re.compile(
    r"\b(?:(?:what|who) (?:was|were|is) .*(?:story|tale|it) about|who was in (?:the|that|your) (?:story|tale)"
    r"|what was (?:the|that|your) (?:story|tale))\b"
)
AND_THEN = re.compile(
    r"^(?:and |so )?(?:then(?: what)?|what (?:happened|happens|comes) (?:next|then|after(?: that)?)"
    r"|what next|go on|keep going|continue|tell me more|more)(?: please)?$"
)
WHY = re.compile(
    r"^(?:but |and )?(?:why(?: not)?(?: is that)?|how come|tell me more|more|really)(?: please)?$"
)
NOT_HEARD = re.compile(
    r"^(?:what did you (?:just )?say|what|pardon|huh|sorry"
    r"|(?:can you |could you )?(?:say|repeat) (?:that|it)(?: again)?|(?:can you )?repeat(?: that| it)?"
    r"|(?:i )?(?:didnt|did not) (?:hear|understand)(?: you| that| it)?)(?: please)?$"
)
SAME_AGAIN = re.compile(
    r"^(?:(?:can you )?(?:tell|say|sing|read|do) (?:me )?(?:it|that(?: one)?|the same(?: one)?) )?again(?: please)?$"
    r"|^the same (?:again|one(?: again)?)$|^once more$"
)
SOMETHING_ELSE = re.compile(
    r"\b(?:something (?:else|different)|do something new)\b|^no (?:the )?(?:other|not that)(?: one)?$"
    r"|^(?:not that(?: one)?|forget (?:that|it)|never mind|i changed my mind)$"
)
NOT_THAT = re.compile(
    r"\b(?:no )?(?:i )?(?:not|no more|(?:dont|do not) want)(?: (?:an?|the|any|another|more|to (?:hear|play)))*"
    r" (?:stor(?:y|ies)|songs?|jokes?|riddles?|games?|rhymes?|poems?|sums)\b"
)
"""What the child does not want; what else it says may be what it wants."""
LAST_SENTENCES = 2
LAST_WORDS = 5
"""As much as who did not hear it wants again, at least."""
STORY_TURNS = 4
"""So long ago a story may have been told that goes on."""


class FollowUps:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._talk = script.talk

    def story_about(self, talk: Conversation) -> str | None:
        if not ABOUT_STORY.search(talk.heard):
            return None
        parts = self._told(talk, talk.said)
        return talk.line(self._talk.story_about, **parts) if parts else None

    def and_then(self, talk: Conversation) -> str | None:
        """How a story went on; it may have gone on before."""
        if not AND_THEN.search(talk.heard):
            return None
        lately = 1 if talk.heard in ("more", "tell me more") else STORY_TURNS
        parts = self._told(talk, talk.said[-lately:])
        return talk.line(self._talk.story_after, **parts) if parts else None

    def why(self, talk: Conversation) -> str | None:
        if not WHY.search(talk.heard):
            return None
        fact = self.fact_told(talk)
        return fact.more if fact and fact.more else talk.line(self._talk.no_more)

    def fact_told(self, talk: Conversation) -> Fact | None:
        """In the last turn."""
        return next((fact for say, fact in self._facts if say in talk.last_said), None)

    def said_again(self, talk: Conversation) -> str | None:
        """All of it, or its end for who did not hear that."""
        again = SAME_AGAIN.search(talk.heard)
        if not talk.spoken or not (again or NOT_HEARD.search(talk.heard)):
            return None
        sentences = re.split(r"(?<=[.!?:]) ", talk.spoken)
        intros = {plain(talk.fill(line)) for line in (*self._talk.repeat, *self._talk.again)}
        if len(sentences) > 1 and plain(sentences[0]) in intros:
            del sentences[0]
        wanted = sentences if again else _end_of(sentences)
        return " ".join((talk.line(self._talk.repeat), *wanted))

    def something_else(self, talk: Conversation) -> str | None:
        wants = SOMETHING_ELSE.search(talk.heard) or NOT_THAT.fullmatch(talk.heard)
        return talk.line(self._talk.change) if wants else None

    @cached_property
    def _facts(self) -> list[tuple[str, Fact]]:
        return [(plain(fact.say), fact) for fact in self._script.facts]

    def _told(self, talk: Conversation, said: tuple[str, ...]) -> Mapping[str, str]:
        """The parts of the last story that is in `said`, the newest last; none where there is none."""
        for turn in reversed(said):
            for story in self._script.stories:
                if plain(story.ending) in turn:
                    return _parts_of(story, turn)
        return {}


def _end_of(sentences: Sequence[str]) -> Sequence[str]:
    count = LAST_SENTENCES
    while count < len(sentences) and len(" ".join(sentences[-count:]).split()) < LAST_WORDS:
        count += 1
    return sentences[-count:]


def _parts_of(story: Story, told: str) -> Mapping[str, str]:
    """Who and what stands in the places of the story's lines."""
    parts: dict[str, str] = {}
    for line in story.lines:
        places = re.findall(r"\{(\w+)\}", line)
        mask = plain(re.sub(r"\{\w+\}", "qqq", line)).replace("qqq", r"(\w+(?: \w+)??)")
        found = re.search(re.sub(r"\ba (?=\()", "an? ", mask), told)
        if found:
            parts |= dict(zip(places, found.groups(), strict=True))
    if "name" in parts:
        parts["name"] = parts["name"].title()
    return parts
