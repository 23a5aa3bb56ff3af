"""A child's words in the plain form that the grammars of activities are written for."""

import re


def base_language(language: str) -> str:
    """en of en-GB."""
    return language.partition("-")[0].lower()


def plain_words(text: str) -> str:
    """In lower case and without signs, of which an apostrophe leaves no gap."""
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"['’`]", "", text.lower())).split())
