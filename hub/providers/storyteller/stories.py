"""Tells a short story with the child's own words in it, where they are words of a child's world."""

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


def wish_in(talk: Conversation, words: Words) -> Wish:
    """The hero, friend, thing and place that the child named."""
    wish = Wish()
    said = talk.heard.split()
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
    if not wish.hero and "about me" in talk.heard and talk.child:
        wish = replace(wish, hero="child", name=talk.child)
    return wish


def singular(word: str, words: Words) -> str:
    """ "puppies" as "puppy", where the one is a known word and the many is not."""
    known = words.characters | words.things | words.places
    if word in known:
        return word
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        one = word.removesuffix(ending) + instead
        if word.endswith(ending) and one in known:
            return one
    return word


def tell(talk: Conversation, script: Script) -> str:
    """A whole story, five to eight short sentences."""
    wish = wish_in(talk, script.words)
    fillers = script.fillers
    story = talk.choose(script.stories, lambda s: s.ending)
    words = {
        "hero": wish.hero or talk.chance.choice(fillers.hero),
        "name": wish.name or talk.chance.choice(fillers.name),
        "trait": wish.trait or talk.chance.choice(fillers.trait),
        "thing": wish.thing or talk.chance.choice(fillers.thing),
        "place": wish.place or talk.chance.choice(fillers.place),
    }
    others = [friend for friend in fillers.friend if friend != words["hero"]]
    words["friend"] = wish.friend or talk.chance.choice(others)
    asked = " about " in f" {talk.heard} "
    intro = script.talk.story_unknown if asked and wish == Wish() else script.talk.story_intro
    lines = (talk.choose(intro), *story.lines, story.ending)
    return " ".join(talk.fill(line, **words) for line in lines)
