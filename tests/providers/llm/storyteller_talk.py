"""A talk with the storyteller."""

from hub.domain.play.limits import Pastime
from hub.domain.talks.talk import Message
from hub.providers.base import LlmRequest
from hub.providers.llm.storyteller.conversation import Conversation
from hub.providers.llm.storyteller.script import load
from hub.providers.llm.storyteller.skills import Skills

SCRIPT = load()
SKILLS = Skills(SCRIPT)


class Talk:
    """A conversation with the storyteller; keeps the history as the store would."""

    def __init__(self, child: str = "", off: frozenset[Pastime] = frozenset()) -> None:
        self.child = child
        self.off = off
        self.history: list[Message] = []

    def say(self, words: str) -> str:
        self.history.append(Message("user", words))
        answer = SKILLS.answer(self.now())
        self.history.append(Message("assistant", answer))
        return answer

    def now(self) -> Conversation:
        return Conversation.of(
            LlmRequest(
                tuple(self.history[-60:]),
                toy_name="Pommai",
                child_name=self.child,
                off=self.off,
            )
        )
