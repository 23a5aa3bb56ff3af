"""Decides what the storyteller says: the first skill that has something to say is heard.

Each skill is a method that gives a text, or None for "not mine". Order matters: honesty and
comfort first, then games, then answers, and at last something kind for everything else. After
something serious there are no games and no jokes.
"""

import re
from dataclasses import replace

from hub.domain.play.limits import Pastime
from hub.providers.llm.storyteller import numbers
from hub.providers.llm.storyteller.conversation import Conversation, plain, sentences
from hub.providers.llm.storyteller.facts import Facts, asks, stem, stems
from hub.providers.llm.storyteller.follow_ups import NOT_THAT, FollowUps
from hub.providers.llm.storyteller.games import WANTS_ANIMAL, WANTS_RIDDLE, Games
from hub.providers.llm.storyteller.reading import answer_in, tale_in
from hub.providers.llm.storyteller.script import Script, Topic
from hub.providers.llm.storyteller.stories import singular, tell, wish_in

WANTS_STORY = re.compile(r"\b(story|stories|fairy ?tale|tale|once upon)\b")
WANTS_JOKE = re.compile(r"\b(jokes?|(?<!you are )(?<!youre )funny|make me laugh|giggle)\b")
WANTS_RHYME = re.compile(r"\b(rhymes?(?! with)|poems?|songs?|sing|lullaby|lullabies)\b")
SOUND_ASKED = re.compile(
    r"\b(?:(?:what|how) (?:\w+ )*?(?:say|says|sound|sounds|noise|go|goes)\b|(?:sound|noise)\b|like an? )"
)
AGREES = re.compile(
    r"^(?:(?:yes|yeah|yep|yup|sure|ok|okay)\b|please$|i do$|i want (?:to|it|that|one)$"
    r"|(?:yay|hooray|wow|cool|nice|great|fine|awesome|lovely|me too|haha)$)"
)
REACTS = re.compile(r"^(?:yay|hooray|wow|cool|nice|great|fine|awesome|lovely|me too|haha)$")
"""Agrees where something was asked; to what was told it is only an echo."""
TELLS = re.compile(r"\b(?:called|named|name is|favou?rite \w+ is)\b")
LIKES = re.compile(
    r"\b(?:i (?:\w+ )?(?:like|love|saw|see|have|got|found)|look at|favou?rite|(?:this|that|here) is)\b"
)
MORE = re.compile(r"\b(?:again|another|more|one more|next)\b")
TELL_ABOUT = re.compile(r"\b(?:tell me|what|talk|know|hear)(?: \w+)? about (?:an? |the )?(\w+)$")
SPELL = re.compile(r"\bspell (?:the word )?(\w+)$")
NAME_ASKED = re.compile(r"\b(?:whats my name|what is my name|who am i|know my name)\b")
CALLED = re.compile(r"\b(?:my|our|the|a) (\w+)(?: is|s)? (?:called|name is|named) ([a-z]{2,14})$")
OF_ANIMALS = (
    "eat",
    "drink",
    "sleep",
    "live",
    "weigh",
    "old",
    "big",
    "tall",
    "long",
    "fast",
    "swim",
    "bite",
)
"""What is asked of an animal and not answered by just anything about it."""
SHORT_WORDS = 4
"""A longer answer than this says more than yes."""
ADVENTURE_CHANCE = 0.3
"""How often one is offered after a story about nothing that the child named."""
NEXT_DAY = re.compile(r"\b(after|before) (\w+day)\b")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Skills:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._talk = script.talk
        self._games = Games(script)
        self._follow_ups = FollowUps(script)
        self._quiet = next(topic.say for topic in script.first if topic.name == "stop")
        self._facts = Facts(script.facts, script.empty_words)

    def answer(self, talk: Conversation) -> str:
        """What to say now; always something."""
        games, follow_ups = self._games, self._follow_ups
        if rest := NOT_THAT.sub("", talk.heard).strip():
            talk = replace(talk, heard=rest)
        guesses = (games.riddle_guessed, games.animal_guessed)
        starts = (games.animal, games.riddle)
        play = (games.riddle_solved, *starts, self._joke, self._more, *guesses)
        of_pastime = {
            self._own_tale: Pastime.TALE,
            self._story: Pastime.TALE,
            games.riddle: Pastime.RIDDLE,
            games.animal: Pastime.GUESSING,
            self._joke: Pastime.JOKE,
            self._rhyme: Pastime.RHYME,
        }
        skills = (
            self._unclear,
            self._first,
            follow_ups.said_again,
            self._called,
            self._named,
            self._name_asked,
            games.riddle_solved,
            follow_ups.story_about,
            follow_ups.and_then,
            follow_ups.something_else,
            self._own_tale,
            self._story,
            *starts,
            self._joke,
            self._rhyme,
            games.animal_guessed,
            self._animal,
            self._count,
            self._sum,
            self._spell,
            self._day,
            self._more,
            follow_ups.why,
            self._read,
            self._fact,
            self._topic,
            self._fact_on,
            games.riddle_guessed,
            self._recalled,
            self._noun,
        )
        for skill in skills:
            if (talk.calm and skill in play) or of_pastime.get(skill) in talk.off:
                continue
            if text := skill(talk):
                break
        else:
            text = talk.line(self._otherwise(talk))
        if plain(text) in talk.last_said:
            return f"{talk.line(self._talk.again)} {text}"
        return text

    def _otherwise(self, talk: Conversation) -> tuple[str, ...]:
        if talk.calm:
            return self._talk.calm
        return self._talk.unknown if asks(talk.heard) else self._talk.fallback

    def _unclear(self, talk: Conversation) -> str | None:
        return None if talk.heard else talk.line(self._talk.unclear)

    def _first(self, talk: Conversation) -> str | None:
        return self._from(talk, self._script.first)

    def _fact(self, talk: Conversation) -> str | None:
        fact = self._facts.about(talk.heard)
        return fact.say if fact else None

    def _fact_on(self, talk: Conversation) -> str | None:
        """Anything that is known of what the child wants to be told about."""
        asked = TELL_ABOUT.search(talk.heard)
        known = self._facts.naming(asked[1]) if asked else ()
        return talk.choose(known, lambda fact: fact.say).say if known else None

    def _topic(self, talk: Conversation) -> str | None:
        """None that has the word but not what is asked of it, as how a camel sleeps."""
        asked = {*map(stem, OF_ANIMALS)} & stems(talk.heard) if asks(talk.heard) else frozenset()
        topics = self._script.topics
        if asked:
            topics = tuple(topic for topic in topics if asked <= _spoken_of(topic))
        return self._from(talk, topics)

    def _called(self, talk: Conversation) -> str | None:
        """ "My dog is called Bruno"."""
        told = CALLED.search(talk.heard)
        thing = singular(told[1], self._script.words) if told else ""
        if told is None or thing not in self._script.words.nouns:
            return None
        return talk.line(self._talk.called, name=told[2].capitalize(), thing=thing)

    def _from(self, talk: Conversation, topics: tuple[Topic, ...]) -> str | None:
        for topic in topics:
            if any(pattern.search(talk.heard) for pattern in topic.when):
                return talk.line(topic.say)
        return None

    def _recalled(self, talk: Conversation) -> str | None:
        """Something that is remembered of the child, and fits; not while the child says what is so."""
        if not talk.recalled or TELLS.search(talk.heard):
            return None
        return talk.line(self._talk.recalled, memory=talk.recalled[0])

    def _read(self, talk: Conversation) -> str | None:
        """The answer to a question, from what the family gave the toy to know."""
        return answer_in(talk.passages, talk.heard)

    def _own_tale(self, talk: Conversation) -> str | None:
        """A story that the family gave the toy."""
        return tale_in(talk.passages) if WANTS_STORY.search(talk.heard) else None

    def _named(self, talk: Conversation) -> str | None:
        """ "My name is Lucy", and nothing else asked for."""
        told = re.search(r"\bmy names?\b|\bcall(?:ed)? me\b|\bim called\b", talk.heard)
        if not told or not talk.child or talk.child.lower() not in talk.heard.split():
            return None
        return talk.line(self._talk.named)

    def _story(self, talk: Conversation) -> str | None:
        if not WANTS_STORY.search(talk.heard):
            return None
        story = tell(talk, self._script)
        if talk.calm or wish_in(talk.heard, self._script.words):
            return story
        offers = talk.chance.random() < ADVENTURE_CHANCE
        return f"{story} {talk.line(self._talk.story_end)}" if offers else story

    def _joke(self, talk: Conversation) -> str | None:
        if not WANTS_JOKE.search(talk.heard):
            return None
        return f"{talk.line(self._talk.joke_intro)} {talk.choose(self._script.jokes)}"

    def _rhyme(self, talk: Conversation) -> str | None:
        if not WANTS_RHYME.search(talk.heard):
            return None
        nouns = self._script.words.nouns.intersection(talk.heard.split())
        named = [r for r in self._script.rhymes if nouns.intersection(plain(r).split())]
        rhyme = talk.choose(named or self._script.rhymes)
        return f"{talk.line(self._talk.rhyme_intro)} {rhyme}"

    def _animal(self, talk: Conversation) -> str | None:
        if not (SOUND_ASKED.search(talk.heard) or "which animal" in talk.last_said):
            return None
        for word in talk.heard.split():
            for animal in (word, singular(word, self._script.words), word.removesuffix("s")):
                if sound := self._script.sounds.get(animal):
                    return talk.line(self._talk.animal_sound, animal=animal, sound=sound)
        return None

    def _spell(self, talk: Conversation) -> str | None:
        asked = SPELL.search(talk.heard)
        if asked is None or asked[1] not in self._script.words.nouns:
            return None
        return talk.line(self._talk.spell, letters=", ".join(asked[1].upper()))

    def _name_asked(self, talk: Conversation) -> str | None:
        if not NAME_ASKED.search(talk.heard):
            return None
        return talk.line(self._talk.name_known if talk.child else self._talk.name_unknown)

    def _count(self, talk: Conversation) -> str | None:
        wanted = numbers.count_wanted(talk.heard)
        if wanted is None:
            return None
        lines = self._talk.count_down if wanted.down else self._talk.count
        return talk.line(lines, numbers=wanted.spoken())

    def _sum(self, talk: Conversation) -> str | None:
        found = numbers.sum_wanted(talk.heard)
        if found is None:
            return None
        if found.result is None:
            return talk.line(self._talk.sum_hard)
        return talk.line(self._talk.sum_answer, sum=found.spoken, result=found.result)

    def _day(self, talk: Conversation) -> str | None:
        asked = NEXT_DAY.search(talk.heard)
        if asked is None or asked[2] not in DAYS:
            return None
        step, lines = (
            (1, self._talk.day_after) if asked[1] == "after" else (-1, self._talk.day_before)
        )
        day = DAYS[(DAYS.index(asked[2]) + step) % len(DAYS)]
        return talk.line(lines, given=asked[2].capitalize(), day=day.capitalize())

    def _more(self, talk: Conversation) -> str | None:
        """ "Yes" or "another one" to what was told or offered last."""
        more = MORE.search(talk.heard)
        if not (more or AGREES.search(talk.heard)) or len(talk.heard.split()) > SHORT_WORDS:
            return None
        if self._games.open_riddle(talk) or (more and self._follow_ups.fact_told(talk)):
            return None
        last, script, off = talk.last_said, self._script, talk.off
        if any(plain(talk.fill(line)) in last for line in self._quiet):
            return talk.line(self._talk.quiet)
        if REACTS.search(talk.heard) and not more and not talk.spoken.endswith("?"):
            return talk.line(self._talk.agreed)
        if Pastime.TALE not in off and any(plain(story.ending) in last for story in script.stories):
            return tell(talk, script)
        for lines, pastime in ((script.rhymes, Pastime.RHYME), (script.jokes, Pastime.JOKE)):
            if pastime not in off and any(plain(line) in last for line in lines):
                return talk.choose(lines)
        offered = last if more else question_in(talk.spoken)
        if Pastime.TALE not in off and WANTS_STORY.search(offered):
            return tell(talk, script, about=last)
        if Pastime.GUESSING not in off and WANTS_ANIMAL.search(offered):
            return self._games.animal(replace(talk, heard=offered))
        if Pastime.RIDDLE not in off and WANTS_RIDDLE.search(offered):
            return self._games.ask_riddle(talk)
        if Pastime.RHYME not in off and WANTS_RHYME.search(offered):
            return talk.choose(script.rhymes)
        if Pastime.JOKE not in off and WANTS_JOKE.search(offered):
            return talk.choose(script.jokes)
        if numbers.count_wanted(offered):
            ten = numbers.Count(10, down=False).spoken()
            return talk.line(self._talk.count, numbers=ten)
        if talk.heard in ("more", "tell me more"):
            return None
        return (
            tell(talk, script) if more and Pastime.TALE not in off else talk.line(self._talk.agreed)
        )

    def _noun(self, talk: Conversation) -> str | None:
        """ "I like trains", or another sentence with a thing that the toy has a word for; a question is none."""
        if asks(talk.heard):
            return None
        nouns = [
            word
            for word in talk.heard.split()
            if singular(word, self._script.words) in self._script.words.nouns
        ]
        if not nouns:
            return None
        alone = talk.heard == nouns[0]
        lines = self._talk.likes if alone or LIKES.search(talk.heard) else self._talk.mentioned
        return talk.line(lines, thing=nouns[-1])


def question_in(spoken: str) -> str:
    """What was asked or offered last, `plain`; with the sentence before it where that says what "it" is."""
    if not spoken.endswith("?"):
        return ""
    asked = sentences(spoken)
    return plain(" ".join(asked[-2 if re.search(r"\b(?:it|one)\?$", spoken) else -1 :]))


def _spoken_of(topic: Topic) -> frozenset[str]:
    """The stems of what is said of it, and of what it is asked by."""
    patterns = " ".join(re.sub(r"\W|\bb", " ", pattern.pattern) for pattern in topic.when)
    return stems(plain(f"{' '.join(topic.say)} {patterns}"))
