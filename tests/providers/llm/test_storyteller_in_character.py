"""The storyteller as the toy that a parent described: it differs by persona, and every line passes the guard."""

from itertools import pairwise

from hub.domain.persona import DEFAULT_PERSONA, Persona, ReplyLength
from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy
from hub.domain.talks.talk import Message
from hub.knowledge.characters import characters
from hub.providers.base import LlmRequest
from hub.providers.llm.storyteller import Storyteller
from hub.providers.llm.storyteller.conversation import Conversation, plain
from hub.providers.llm.storyteller.in_character import CATCHPHRASE_TURNS, InCharacter, manner_of
from hub.providers.llm.storyteller.script import Talk
from hub.safety.rules.rules import RulesCheck
from tests.providers.llm.storyteller_talk import SCRIPT
from tests.providers.setups import BARE

BY_ID = {one.id: one.persona for one in characters()}
TOYS = {name: InCharacter(SCRIPT, persona) for name, persona in BY_ID.items()}
CHATTER = (
    "we went to the shop",
    "and then he ran away",
    "yesterday I saw a cloud",
    "why is that so",
    "hmm okay",
)
ASKED = ("why is the sky blue", "how do bees make honey", "what is the moon", "why do cats purr")


def talk(
    toy: InCharacter, lines: tuple[str, ...], seed: str = "c", calm: bool = False
) -> list[str]:
    history: list[Message] = []
    said = []
    for line in lines:
        history.append(Message("user", line))
        request = LlmRequest(
            tuple(history[-16:]), toy_name="Bo", child_name="Mia", conversation_id=seed, calm=calm
        )
        said.append(toy.answer(Conversation.of(request)))
        history.append(Message("assistant", said[-1]))
    return said


def test_each_ready_character_has_a_manner_of_its_own() -> None:
    manners = {name: manner_of(SCRIPT, persona) for name, persona in BY_ID.items()}
    assert len({manner.name for manner in manners.values() if manner}) == len(BY_ID) == 8
    known = {topic.name for topic in (*SCRIPT.first, *SCRIPT.topics)}
    for manner in SCRIPT.manners:
        assert {*manner.talk} <= {*Talk.model_fields}, manner.name
        assert {*manner.topics} <= known, manner.name


def test_two_personas_answer_the_same_line_differently() -> None:
    for one, other in pairwise(TOYS.values()):
        for line in ("hello", "we went to the shop", "bye bye"):
            mine, theirs = (
                {talk(toy, (line,), f"c{n}")[0] for n in range(6)} for toy in (one, other)
            )
            assert len(mine & theirs) <= len(mine | theirs) / 2, line


def test_what_is_true_or_careful_stays_word_for_word() -> None:
    plain_toy = InCharacter(SCRIPT, DEFAULT_PERSONA)
    for line in ("are you alive", "i am sad", "can you keep a secret"):
        lines = {talk(toy, (line,), f"c{n}")[0] for toy in TOYS.values() for n in range(5)}
        assert lines <= {talk(plain_toy, (line,), f"c{n}")[0] for n in range(60)}, line
    for line in ASKED:
        fact = talk(plain_toy, (line,))[0]
        assert all(fact in talk(toy, (line,))[0] for toy in TOYS.values()), line


def test_a_catchphrase_is_rare_and_never_said_after_something_serious() -> None:
    lines = (CHATTER + ASKED) * 4
    for name, toy in TOYS.items():
        phrases = [plain(phrase) for phrase in BY_ID[name].catchphrases]
        turns = [
            n for n, said in enumerate(talk(toy, lines)) if any(p in plain(said) for p in phrases)
        ]
        assert turns, name
        assert all(later - sooner > CATCHPHRASE_TURNS for sooner, later in pairwise(turns)), name
        serious = plain(" ".join(talk(toy, lines[:20], calm=True)))
        assert not any(phrase in serious for phrase in phrases), name


def test_stories_are_about_what_it_is_and_likes() -> None:
    bear = InCharacter(SCRIPT, Persona("a bear", interests=("drums", "the garden")))
    stories = [talk(bear, ("tell me a story",), f"c{n}")[0] for n in range(20)]
    assert sum("bear" in story for story in stories) > len(stories) / 2
    assert "about a bear" not in talk(bear, ("tell me a story about a dragon",))[0]
    ball = InCharacter(SCRIPT, Persona("a ball", interests=("balls",)))
    assert "ball" in talk(ball, ("tell me a story about a ball",))[0]


def test_a_chatty_toy_adds_something_to_what_is_true_and_a_short_one_does_not() -> None:
    def words(length: ReplyLength) -> int:
        toy = InCharacter(SCRIPT, Persona(traits=("cosy",), reply_length=length))
        return sum(len(said.split()) for n in range(10) for said in talk(toy, ASKED, f"c{n}"))

    assert words(ReplyLength.SHORT) < words(ReplyLength.NORMAL) < words(ReplyLength.CHATTY)


async def test_every_line_in_character_passes_the_rules_for_the_youngest() -> None:
    check, policy = RulesCheck.load(), SafetyPolicy(SafetyLevel.STRICT)
    lines = {
        line
        for manner in SCRIPT.manners
        for lines in (manner.aside, *manner.talk.values(), *manner.topics.values())
        for line in lines
    }
    lines |= {
        line.replace("{interest}", interest)
        for line in (*SCRIPT.character.interest, *SCRIPT.character.favourite)
        for persona in BY_ID.values()
        for interest in persona.interests
    }
    lines |= {phrase for persona in BY_ID.values() for phrase in persona.catchphrases}
    now = Conversation.of(LlmRequest((), toy_name="Bo", child_name="Mia"))
    refused = []
    for line in lines:
        said = now.fill(line)
        verdict = await check.check(CheckRequest(said, Direction.TOY, policy))
        if not verdict.allowed or "{" in said:
            refused.append((said, verdict.matched))
    assert len(lines) > 200
    assert refused == []


async def test_the_provider_answers_as_the_persona_of_the_request() -> None:
    teller = Storyteller(BARE)

    async def said(persona: Persona) -> set[str]:
        requests = [
            LlmRequest((Message("user", "hello"),), persona=persona, conversation_id=f"c{n}")
            for n in range(10)
        ]
        return {"".join([d.text async for d in teller.reply(each)]) for each in requests}

    assert any("Ahoy" in line for line in await said(BY_ID["fin"]))
    assert not any("Ahoy" in line for line in await said(DEFAULT_PERSONA))
