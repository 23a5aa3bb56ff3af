"""Tells a short story with the child's own words in it, where they are words of a child's world."""

import re
from dataclasses import dataclass, replace

from hub.providers.storyteller.conversation import Conversation
from hub.providers.storyteller.script import Script, Words


@dataclass(frozen=True, slots=True)
class Wish:
    """What the child asked a story to be about; "" where nothing was said."""

    hero: str = ""
    name: str = ""
    trait: str = ""
    friend: str = ""
    thing: str = ""
    place: str = ""


def wish_in(text: str, words: Words) -> Wish:
    """The hero, friend, thing and place that `text` names, in plain words."""
    wish = Wish()
    said = text.split()
    for i, spoken in enumerate(said):
        word = singular(spoken, words)
        if word in words.characters:
            if not wish.hero:
                wish = replace(wish, hero=word)
                if i and said[i - 1] in words.traits:
                    wish = replace(wish, trait=said[i - 1])
            elif not wish.friend and word != wish.hero:
                wish = replace(wish, friend=word)
        elif word in words.things and not wish.thing:
            wish = replace(wish, thing=word)
        elif word in words.places and not wish.place:
            wish = replace(wish, place=word)
    return wish


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
    wish = wish_in(talk.heard, script.words)
    if wish == Wish():
        wish = wish_in(about, script.words)
    if not wish.hero and talk.child and re.search(r"\babout me\b", talk.heard):
        wish = replace(wish, hero="child", name=talk.child)
    fillers = script.fillers
    story = talk.choose(script.stories, lambda s: s.ending)
    words = {
        "hero": wish.hero or wish.thing or talk.chance.choice(fillers.hero),
        "name": wish.name or talk.chance.choice(fillers.name),
        "trait": wish.trait or talk.chance.choice(fillers.trait),
        "thing": (wish.hero and wish.thing) or talk.chance.choice(fillers.thing),
        "place": wish.place or talk.chance.choice(fillers.place),
    }
    others = [friend for friend in fillers.friend if friend != words["hero"]]
    words["friend"] = wish.friend or talk.chance.choice(others)
    asked = " about " in f" {talk.heard} "
    intro = script.talk.story_unknown if asked and wish == Wish() else script.talk.story_intro
    opening = talk.choose([talk.fill(line) for line in intro])
    lines = (talk.fill(line, **words) for line in (*story.lines, story.ending))
    return " ".join((opening, *lines))
