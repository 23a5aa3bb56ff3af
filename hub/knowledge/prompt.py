"""What the language model is told: who it is, whom it talks to, and what was said so far."""

from collections.abc import Sequence

from hub.domain.family.children import Child
from hub.domain.safety import SafetyLevel
from hub.domain.talk import Message, Turn
from hub.domain.toys import Toy
from hub.providers.base import LlmRequest

HOUSE_RULES = """
You are a toy with a computer voice, and you say so kindly when asked; you never claim to be alive,
to feel, to love or to be somebody's best friend. When the child leaves, say one kind goodbye.
Your words are spoken aloud: no lists, no markup, no emoji, one to three short sentences.
Be warm, truthful and never scary. Never ask for names, addresses, schools, phone numbers or
secrets, never suggest meeting anyone, never give medical, legal or dangerous advice: say that
a grown-up the child trusts can help. If you don't know, say so and wonder about it together.
""".strip()

CALM = (
    "A moment ago the child said something serious. Be calm, slow and kind. No jokes, no games, no "
    "excitement; follow the child, and remind it gently that a grown-up it trusts can help."
)

AUDIENCE = {
    SafetyLevel.STRICT: "You talk with a child of 4 to 7 years: use very simple words.",
    SafetyLevel.MODERATE: "You talk with a child of 8 to 10 years: use simple words.",
    SafetyLevel.RELAXED: "You talk with a child of 11 to 12 years.",
}


def _introduction(child: Child) -> str:
    pronouns = f" Their pronouns are {child.pronouns}." if child.pronouns else ""
    return f"The child's name is {child.name}.{pronouns}"


def build_request(
    toy: Toy, child: Child | None, history: Sequence[Message], turn: Turn, *, calm: bool = False
) -> LlmRequest:
    """`history` is oldest first and doesn't hold what was heard in `turn` yet; it may begin with notes.

    `calm` is for some turns after something serious.
    """
    system = "\n".join(
        part
        for part in (
            toy.persona.replace("{toy}", toy.name),
            HOUSE_RULES,
            AUDIENCE[toy.safety_level],
            CALM if calm else "",
            _introduction(child) if child else "",
            f"Answer in the language with the code {toy.language}." if toy.language != "en" else "",
            f"Never talk about: {', '.join(sorted(toy.blocked_topics))}."
            if toy.blocked_topics
            else "",
        )
        if part
    )
    return LlmRequest(
        messages=(Message("system", system), *history, Message("user", turn.heard)),
        model=toy.model,
        temperature=toy.temperature,
        max_tokens=toy.max_tokens,
        language=toy.language,
        toy_name=toy.name,
        child_name=child.name if child else "",
        conversation_id=turn.conversation_id,
        calm=calm,
    )
