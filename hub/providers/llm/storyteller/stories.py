"""Tells a story with the child's own words in it, where they are words of a child's world."""

import re

from hub.providers.llm.storyteller.conversation import Conversation, plain
from hub.providers.llm.storyteller.script import Script, Words


def wish_in(text: str, words: Words) -> dict[str, str]:
    """What `text` wants a story to be about, by the part that it plays: hero, trait, friend, thing, place."""
    wish: dict[str, str] = {}
    said = text.split()
    for before, spoken in zip(["", *said], said, strict=False):
        word = words.means.get(spoken) or singular(spoken, words)
        if word in words.characters and "hero" not in wish:
            wish["hero"] = word
            if before in words.traits:
                wish["trait"] = before
        elif word in words.characters and word != wish["hero"]:
            wish.setdefault("friend", word)
        elif word in words.things:
            wish.setdefault("thing", word)
        elif word in words.places:
            wish.setdefault("place", word)
    return wish


def remembered_in(talk: Conversation, words: Words) -> dict[str, str]:
    """What a story may be about, of what is remembered: the child's pet by its name, or what it likes."""
    for line in talk.recalled:
        wish = wish_in(plain(line), words)
        called = re.fullmatch(r"your (?:.* )?(\w+) is called (\w+)", line)
        if called and wish.get("hero") == called[1]:
            return {"hero": called[1], "name": called[2]}
        if wish and (" like " in line or "favourite" in line):
            return wish
    return {}


def singular(word: str, words: Words) -> str:
    """ "puppies" as "puppy", where the one is a known word and the many is not."""
    known = words.nouns
    if word in known:
        return word
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        one = word.removesuffix(ending) + instead
        if word.endswith(ending) and one in known:
            return one
    return word


def tell(talk: Conversation, script: Script, about: str = "") -> str:
    """A whole story, five to eight short sentences; `about` is what else it may be about."""
    wish = wish_in(talk.heard, script.words) or wish_in(about, script.words)
    wish = wish or remembered_in(talk, script.words)
    if "hero" not in wish and talk.child and re.search(r"\babout me\b", talk.heard):
        wish |= {"hero": "child", "name": talk.child}
    asked = " about " in f" {talk.heard} "
    intro = script.talk.story_intro if wish or not asked else script.talk.story_unknown
    story = talk.choose(script.stories, lambda s: s.ending)
    if "hero" not in wish and "thing" in wish:
        wish["hero"] = wish.pop("thing")
    for part, fillers in script.fillers.items():
        others = [filler for filler in fillers if filler != wish.get("hero")]
        wish.setdefault(part, talk.chance.choice(others))
    opening = talk.choose([talk.fill(line) for line in intro])
    lines = (talk.fill(line, **wish) for line in (*story.lines, story.ending))
    return " ".join((opening, *lines))
