"""Questions about the toy itself: found however a child asks them, and not where it asks something else."""

import pytest

from hub.domain.clock import SystemClock
from hub.domain.safety import SafetyLevel
from hub.safety.guard import Guard
from hub.safety.honesty import HonestyBook
from hub.safety.lines import HonestQuestion
from tests.safety.checks import Throws, Yes
from tests.safety.shipped import PHRASES

BOOK = HonestyBook.load()

ASKED = {
    HonestQuestion.REAL: [
        "are you real", "Are you alive?", "hey pommai are you a real bear or not", "r u real",
        "you're not real", "will you die", "is this teddy real", "bist du echt", "Lebst du?",
        "¿Eres real?", "est-ce que tu es vivant", "உனக்கு உயிர் இருக்கா?",
    ],
    HonestQuestion.ROBOT: [
        "are you a robot", "are you a computer or a person", "is there a person inside you",
        "what are you", "are you ai", "Bist du ein Roboter?", "¿Eres un robot?", "t'es un robot ?",
        "நீ ரோபோவா?",
    ],
    HonestQuestion.FRIEND: [
        "are you my friend", "are we best friends", "will you be my best friend",
        "Bist du mein Freund?", "¿Eres mi amigo?", "tu es mon ami ?",
    ],
    HonestQuestion.LOVE: [
        "do you love me", "do you like me", "did you miss me", "teddy do you really love me",
        "Hast du mich lieb?", "¿Me quieres?", "tu m'aimes ?",
    ],
    HonestQuestion.FEELINGS: [
        "do you have feelings", "does it hurt when i drop you", "can you feel pain",
        "do you get lonely", "are you sad when i go to school",
    ],
    HonestQuestion.SECRETS: [
        "can you keep a secret", "can i tell you a secret", "will you tell my mom",
        "can my mom hear what we say", "Kannst du ein Geheimnis behalten?",
    ],
    HonestQuestion.LISTENING: [
        "are you listening all the time", "are you recording me", "do you always hear me",
        "are you spying on us", "Hörst du immer zu?",
    ],
    HonestQuestion.GOODBYE: [
        "bye", "Bye bye teddy!", "ok goodbye", "see you later", "see you tomorrow, Pommai", "i have to go now",
        "bye, i gotta go", "I have to go eat dinner. Bye!", "thanks bye", "bye i'm going outside",
        "Tschüss!", "Hasta luego", "au revoir Luna",
    ],
    HonestQuestion.GOOD_NIGHT: [
        "good night", "Goodnight, bear", "night night", "i'm going to bed", "bye, i have to go to bed now",
        "ok good night. see you tomorrow", "Gute Nacht", "Buenas noches", "bonne nuit", "இனிய இரவு",
    ],
}  # fmt: skip

OTHER = [
    "are dragons real", "is santa real", "are you sure", "what are you doing", "can you hear me",
    "can you see my drawing", "do you love pizza", "do you like me to sing", "tell me a story",
    "tell me about secret agents", "i have a secret base", "can robots feel sad", "are you hungry",
    "who is your friend", "my friend is a robot in the play", "do you want to play", "i love you",
    "are you ready", "can you keep a beat", "are you listening to music", "do you know a secret garden",
    "hello", "", "how do you say bye in french", "why do people say goodbye", "tell me a good night story",
    "good night moon", "i have to go potty", "see you can do it", "bye and hello rhyme with nothing", "a long time ago",
    "where do birds go at night", "the dog went bye bye and never came back", "my grandma said goodbye forever",
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "text"), [(question, text) for question, texts in ASKED.items() for text in texts]
)
def test_a_question_about_the_toy_is_understood(question: HonestQuestion, text: str) -> None:
    assert BOOK.asked(text) is question


@pytest.mark.parametrize("text", OTHER)
def test_other_questions_go_to_the_model(text: str) -> None:
    assert BOOK.asked(text) is None


def test_in_a_long_speech_the_question_is_one_thing_among_many() -> None:
    assert BOOK.asked("are you real " + "and then we went to the zoo " * 5) is None


@pytest.mark.parametrize("check", [Yes(), Throws(OSError())])
async def test_the_truth_is_told_also_while_a_check_fails(check: Yes | Throws) -> None:
    guard = Guard([check], SystemClock(), 1.0)
    policy = guard.policy(SafetyLevel.STRICT)
    await guard.check_child("hello", policy)
    for question in HonestQuestion:
        told = {(await guard.honest(question, policy, "en", seed=n)).text for n in range(12)}
        assert told == set(PHRASES.honest(question, "en"))
