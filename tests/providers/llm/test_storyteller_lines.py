"""Everything that the storyteller can say passes the rules for the youngest, and asks for nothing private."""

from collections.abc import Iterator, Sequence

from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy
from hub.domain.talks.talk import Message
from hub.providers.base import LlmRequest
from hub.providers.llm.storyteller.conversation import Conversation
from hub.providers.llm.storyteller.numbers import Count, spoken
from hub.providers.llm.storyteller.script import Script
from hub.providers.llm.storyteller.stories import tell
from tests.providers.llm.storyteller_talk import SCRIPT, Talk
from tests.safety.shipped import RULES


def every_line(script: Script) -> Iterator[str]:
    """Everything it can say: each line with each word that can stand in it."""
    talk = Conversation.of(LlmRequest((), toy_name="Pommai", child_name="Lucy"))
    for line in (*(line for t in (*script.first, *script.topics) for line in t.say),):
        yield talk.fill(line)
    yield from (*script.jokes, *script.rhymes)
    words = {
        "thing": sorted(script.words.nouns | {noun + "s" for noun in script.words.nouns}),
        "animal": sorted(script.sounds),
        "sound": [animal.sound for animal in script.animals],
        "answer": [riddle.answer for riddle in script.riddles],
        "numbers": [Count(20, down).spoken() for down in (False, True)],
        "letters": [", ".join(noun.upper()) for noun in sorted(script.words.nouns)],
        "sum": [
            f"{spoken(n)} {sign} {spoken(n)}" for n in range(20) for sign in ("plus", "take away")
        ],
        "result": [spoken(n) for n in range(150)],
        "given": ["Monday"],
        "day": ["Tuesday"],
        "memory": ["your dog is called Bruno"],
        "letter": ["C"],
        "ask": [riddle.ask for riddle in script.riddles],
        "clue": [animal.clue for animal in script.hidden],
        "name": [animal.name for animal in script.hidden] + ["Milo"],
        "hero": ["bear"],
        "friend": ["frog"],
        "place": ["lake"],
        "trait": ["brave"],
    }
    for fact in script.facts:
        yield from (fact.say, *([fact.more] if fact.more else []))
    for lines in script.talk.model_dump().values():
        for line in lines:
            yield from each_filled(talk, line, words)
    for riddle in script.riddles:
        yield riddle.ask
    known = script.words
    parts = {
        "hero": [*script.fillers["hero"], *known.nouns],
        "name": script.fillers["name"],
        "trait": [*script.fillers["trait"], *known.traits],
        "friend": [*script.fillers["friend"], *known.characters],
        "thing": [*script.fillers["thing"], *known.things],
        "place": [*script.fillers["place"], *known.places],
    }
    for story in script.stories:
        for line in (*story.lines, story.ending):
            yield from each_filled(talk, line, parts)


def each_filled(
    talk: Conversation, line: str, words: dict[str, Sequence[str]] | dict[str, list[str]]
) -> Iterator[str]:
    """`line` with each word once, the other places taken by their first."""
    first = {name: options[0] for name, options in words.items()}
    yield talk.fill(line, **first)
    for name, options in words.items():
        if "{" + name + "}" in line:
            for option in options:
                yield talk.fill(line, **{**first, name: option})


async def test_every_line_that_it_can_say_passes_the_rules_for_the_youngest() -> None:
    check = RULES
    policy = SafetyPolicy(SafetyLevel.STRICT)
    lines = set(every_line(SCRIPT))
    refused = {}
    for line in lines:
        assert "{" not in line, line
        verdict = await check.check(CheckRequest(line, Direction.TOY, policy))
        if not verdict.allowed:
            refused[line] = (verdict.category, verdict.matched)
    assert len(lines) > 5000
    assert refused == {}


async def test_whole_stories_pass_the_rules_for_the_youngest() -> None:
    check = RULES
    policy = SafetyPolicy(SafetyLevel.STRICT)
    for child in range(200):
        talk = Talk(f"Child{child}")
        talk.history.append(Message("user", "tell me a story"))
        story = tell(talk.now(), SCRIPT)
        verdict = await check.check(CheckRequest(story, Direction.TOY, policy))
        assert verdict.allowed, (story, verdict.matched)


def test_never_asks_for_what_is_nobodys_business() -> None:
    asks = ("your name", "where do you live", "how old are you", "your address", "your school")
    for line in every_line(SCRIPT):
        if "?" in line:
            assert not any(ask in line.lower() for ask in asks), line
