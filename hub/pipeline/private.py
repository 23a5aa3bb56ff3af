"""Keeps personal details from models and voices outside the house.

What a cloud model is sent is masked, and so is what a toy is about to say in a cloud's voice: before
the check, so that the checked words stay the spoken words. A placeholder becomes plain words then.
"""

from dataclasses import replace

from hub.domain.personal import PLACEHOLDER, Detail, Masker
from hub.domain.talk import Message
from hub.providers.base import LlmRequest

SPOKEN = {
    Detail.NAME: "my friend",
    Detail.STREET: "your home",
    Detail.PLACE: "your town",
    Detail.POSTCODE: "your home",
    Detail.NUMBER: "that number",
    Detail.EMAIL: "that address",
    Detail.SCHOOL: "your school",
    Detail.BIRTHDAY: "that day",
    Detail.PASSWORD: "that word",
}
"""What is said in English for what isn't named; in another language the placeholder is left out."""


def masked(request: LlmRequest, masker: Masker) -> LlmRequest:
    """The same question without personal details, the earlier lines of the talk included."""
    messages = tuple(Message(line.role, masker.mask(line.text)) for line in request.messages)
    return replace(request, messages=messages, child_name="")


def without_placeholders(text: str, language: str) -> str:
    """Plain words in place of "[name]" and its like, which a model may repeat or the mask leaves."""
    return PLACEHOLDER.sub(
        lambda found: SPOKEN[Detail(found[1].lower())] if language == "en" else "", text
    )
