"""Whether a transcript sounds as if its speaker has finished: a second opinion beside silence.

Children stop to think in the middle of a sentence. These few rules know how English sentences
end, and a little of the others in LANGUAGES; a text that they can't place is UNSURE.
Punctuation counts in every language where a recogniser writes it.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

LONG_WORDS = 10
"""An announcement with so many words has said what it announced."""
WHOLE_WORDS = 7
"""A statement with so many words is likelier to be whole than one with few."""
ASKED_WORDS = 3
"""A question of fewer words is hardly begun."""
ANSWER_WORDS = 3
"""Who was asked something answers in so many words, or tells more."""


class Ending(Enum):
    FINISHED = auto()
    LIKELY = auto()
    """A statement that has said a lot: there may be more, but nothing is missing."""
    UNSURE = auto()
    UNFINISHED = auto()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?")

_DANGLING = _words("""
a about after all also although am an and any are as at be because been before but by can
called can't could did do does don't every find for found from gave gonna got had has have he
her his how i i'd i'll i'm if in into is it's its just kind let's like made maybe might mrs mr
my named no of on one or our put really said says she should so some sort than that the their
them then there these they think thinks this those to too took um uh umm uhh er erm hmm until
very wanna want wanted wants was we we're well were what when where which while who why will
wish with would you're your
""")
"""A sentence seldom ends on one of these."""
_MAY_END = re.compile(
    r"^(who|what|where|when|why|how|that|this|these|those|there|he|she|them|one|no|so|well|all|some"
    r"|any|you|it|hmm)$"
    r"|\b(i|you|we|they) (do|can|am|are|did|will|have|would|was|were|could|should)( not)?$"
    r"|\b(what|who|where|how) (is|are|was) (it|that|this|he|she|they|you)$"
    r"|\b(do|like|want|know|have|see|eat|play|need|love|hate|of|about|with|at|for|to) "
    r"(that|this|these|those|them|her|some|one|it all|all)$"
    r"|\b(me|you|it|us) (too|there|so|then|all)$"
    r"|\b(come|turn|put|go|carry|hang|play|is|are|what's) (on|in|this|that)$"
    r"|\b(not|over|up|right|out|in) (there|so|one|that)$"
    r"|\bmore than (one|that|this)$|\bwhat (for|about)$|\bright (here|there|then)$"
    r"|^(what|who|which|where) \w+ .*\b(of|for|with|like|at|about|from|in|on|called)$"
    r"|\b(to|can|could|should|you|i|we|they|it|he|she) do$|\b(what|as) \w+ (said|says|think)$"
)
"""… but may end like this."""
_ADJECTIVES = (
    "best|biggest|smallest|big|little|small|tiny|huge|giant|long|short|tall|old|new|red|blue|green"
    "|yellow|pink|purple|black|white|brown|funny|scary|nice|good|bad|pretty|real|other|first"
    "|last|next|whole|different|special"
)
_CUT = re.compile(
    rf"\b(a|an|my|your|his|our|their|(has|have|had|got|with)( very| really)?) ({_ADJECTIVES})$"
    r"|\b(tell|show|give|teach|ask) (me|us|my)$|\b(did|do) you know that$|\btrue that$"
    r"|^((um|uh|so|and|but|well) )*((who|what|where|when|why|how|which) )?"
    r"(do|does|did|can|could|would|should|will|shall) (i|you|we|they|he|she|it)$"
    r"|\b(have|has|had|got|are|saw|with|these|those) (two|three|four|five|six|ten|so many|a few)$"
    r"|\b(don't|please) (tell|say|make|take|give|put)$|^let's (pretend|play|go|make|say)$"
    r"|\b(can|could|will|would|do|did|shall) (you|we|i) "
    r"(play|sing|know|tell|say|show|read|make|find|give|get|have|want|like|think|pretend)$"
    r"|\bmake (it|me|him|her|them)$|^((um|and|so) )*(when|if) (i|you|he|she|it|we|they|my|the) \w+( \w+){0,2}$"
)
"""Something that must follow is missing."""
_ANNOUNCES = re.compile(
    r"^((um|uh|so|and|well|hey|pommai) )*"
    r"(guess what$|(do )?you know (what|how)$|i (want|wanna|have|need|got) to (tell|show|ask) you"
    r"|i wanna (tell|show|ask) you|can i (tell|ask|show) you|let me tell you|one (time|day)(?! i )"
    r"|once|the other day|yesterday|there (was|were) (once )?(a|an)|i have an idea$"
    r"|my (name|favou?rite \w+) is$)\b"
)
"""Begins something that is still to come."""
_ASKS = re.compile(
    r"^((um|uh|so|and|but|well|hey|ok|okay|please|pommai) )*"
    r"(who|what|what's|whats|where|where's|when|why|how|which|whose|is|are|am|was|were|do|does|did"
    r"|can|could|will|would|should|have|has|may) \w+ \w+"
)
_NO_QUESTION = re.compile(
    r"^((um|uh|so|and|but|well) )*(when|where|what|how|why) (i|you|he|she|we|they|it|there|my|the) "
)
"""“When I grow up”: in a question the verb comes first."""
_COMMANDS = re.compile(
    r"^((um|uh|so|and|but|now|well|hey|ok|okay|please|can you|could you|pommai|let's) )*"
    r"(tell|sing|play|say|make|give|show|read|count|stop|go|help|be|dance|whisper|talk|listen"
    r"|repeat|spell|turn|come|look|wait) \w+"
)
_WHOLE = re.compile(
    r"^((um|oh|so|and|well) )*(good (night|morning|evening|bye)|i love you( too)?|i (don't|do not) know"
    r"|never mind|of course( not)?|not really|me too|me neither|nothing|nobody|that's (it|all|right)"
    r"|i'm (hungry|tired|sad|scared|bored|thirsty|happy)|you're (funny|silly|nice|mean|welcome))$"
)
_ANSWER = re.compile(
    r"^((um|oh|so|well|yes|yeah|no) )*"
    r"((yes|yeah|yep|no|nope|maybe|both|none|me|you|him|her|this|that|to|too|for)"
    r"|(i|he|she|we|they) (do|does|did|can|will)|(the|a|this|that) \w+ one)$"
    r"|^(yes|no) (i|he|she|we|they) \w+n't$"
)
"""A whole answer; “to” and “for” are what a recogniser may make of “two” and “four”."""
_TELLS = _words("i i'm i've he he's she she's we we're they they're it it's there that that's")
"""An answer that begins with one of these is a statement, and may go on like any other."""
_HARDLY_ENDS = _words("i he she it we they so well hmm")
"""… nor is one whole that ends like this."""
_GOES_ON = re.compile(r"\w+ \w+ (because|but|so|when|that|with|and) (\w+ )+\w+$")
"""The statement has its second half already."""
_ALONE = _words("""
yes yeah yep no nope ok okay please stop hello hi hey bye goodbye goodnight thanks sure cool
wow more again quiet enough what why
""")
_CLOSES = _words("""
please thanks bye goodnight again today now too yay
""")
"""Words that end what they stand at the end of."""


@dataclass(frozen=True, slots=True)
class SentenceEnds:
    """Words by which a sentence in another language shows that it goes on, or that it asks. To add a language, write
    down its two lists and give it a test."""

    dangling: frozenset[str]
    """A sentence seldom ends on one of these."""
    asks: frozenset[str]
    """A question or a request begins with one of these."""


def _ends(dangling: str, asks: str) -> SentenceEnds:
    return SentenceEnds(frozenset(dangling.split()), frozenset(asks.split()))


LANGUAGES: Final = {
    "de": _ends(
        """aber als alle am an auch auf aus bei beim dann dass dem den denn der des die das dein deine
        durch ein eine einem einen einer er es für gegen hat hatte ich im in ins ist kein keine man
        mein meine meinen mit nach ob oder ohne sein seine sehr sie sind so über um und uns unser
        unter vom von vor war was weil weißt wenn wer wie wir wo würde zu zum zur zwischen äh ähm hm""",
        """bist darf erzähl erzähle erzählst gibt hast hilf ist kann kannst können könntest lass leben
        lies machst magst mach müssen sag sing singst sind spiel spielst warum was welche welcher
        welches wer weshalb weswegen wie wieso wieviel willst wo woher wohin wollen zeig zähl""",
    ),
    "es": _ends(
        """a al como con cuando cual de del desde donde e el ella en entonces era es eso esta este ha
        había hasta hay la las le lo los mi mis muy más ni nuestra nuestro o para pero por porque
        que quiero se si sin sobre son su sus también tengo tiene tu tus un una unas unos voy y yo
        eh em""",
        """adónde cuál cuáles cuándo cuánta cuántas cuánto cuántos cuéntame cántame cómo canta cuenta
        dime dónde enséñame eres es hay haz juega lee podemos por puedes puedo qué quieres quién
        quiénes repite sabes son tienes vamos""",
    ),
    "fr": _ends(
        """a ai alors après as au aussi aux avec c'est car ce ces cette chez comme dans de des donc du
        elle en es est et était il ils j'ai je l la le les leur lui ma mais mes moi-même mon ne nos
        notre nous on ou où par parce pas pour pendant quand que qui qu'il qu'elle sa sans se ses si
        son sont sous sur ta tes ton très tu un une veux vers votre vous y euh heu hum""",
        """chante combien comment compte dis est est-ce es-tu joue lis montre on où peut-on peux-tu
        pourquoi pouvons quand quel quelle quelles quels qu'est-ce que qui quoi raconte raconte-moi
        répète sais-tu as-tu veux-tu dis-moi chante-moi aide-moi""",
    ),
}
"""By the language's short code."""


def ending(text: str, language: str, *, asked: bool = False) -> Ending:
    """How the text ends. `text` is a transcript, with or without punctuation; `asked`: it answers a question."""
    text = text.strip().lower().replace("’", "'")
    if text.endswith(("...", "…", ",", "-", "–", ":")):
        return Ending.UNFINISHED
    if text.endswith("?"):
        return Ending.FINISHED
    punctuated = text.endswith((".", "!"))
    words = _WORD.findall(text)
    if not words:
        return Ending.UNSURE
    language = language.partition("-")[0].lower()
    if language == "en":
        end = _english(words, punctuated=punctuated, asked=asked)
    elif language in LANGUAGES:
        end = _in(LANGUAGES[language], words, punctuated=punctuated)
    else:
        return Ending.FINISHED if punctuated else Ending.UNSURE
    short = len(words) <= ANSWER_WORDS
    if asked and short and words[0] not in _TELLS and words[-1] not in _HARDLY_ENDS:
        return Ending.LIKELY if end is Ending.UNSURE else end
    return end


def _in(language: SentenceEnds, words: list[str], *, punctuated: bool) -> Ending:
    if punctuated:
        return Ending.FINISHED
    if words[-1] in language.dangling:
        return Ending.UNFINISHED
    if words[0] in language.asks and len(words) >= ASKED_WORDS:
        return Ending.FINISHED
    return Ending.LIKELY if len(words) >= WHOLE_WORDS else Ending.UNSURE


def _english(words: list[str], *, punctuated: bool, asked: bool) -> Ending:
    plain = " ".join(words)
    if asked and _ANSWER.match(plain):
        return Ending.FINISHED
    if (len(words) <= 2 and all(word in _ALONE for word in words)) or _WHOLE.match(plain):
        return Ending.FINISHED
    if _CUT.search(plain) or (words[-1] in _DANGLING and not _MAY_END.search(plain)):
        return Ending.UNFINISHED
    if _ANNOUNCES.match(plain) and len(words) < LONG_WORDS:
        return Ending.UNFINISHED
    asks = _ASKS.match(plain) and not _NO_QUESTION.match(plain)
    if words[-1] in _CLOSES or asks or _COMMANDS.match(plain) or punctuated:
        return Ending.FINISHED
    if len(words) >= WHOLE_WORDS or _GOES_ON.search(plain):
        return Ending.LIKELY
    return Ending.UNSURE
