"""The words and patterns by which `hub.egress.masking` knows an address, a number or a name.

Patterns are verbose and ignore case; `it` is the stretch to mask. No quantifier nests, and each is
bounded, so that matching stays cheap on any text.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DIGIT_VALUES = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10",
    "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20",
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "00", "thousand": "000",
}  # fmt: skip
_ONES = "zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine"
_DIGIT = rf"(?:(?:double|triple)\s+)?(?:\d{{1,4}}(?!\w)|(?:{_ONES})\b)"
_BETWEEN = r"[\s,\-]{1,3}"
_VALUE = rf"(?:(?:double|triple)\s+)?(?:\d{{1,6}}(?!\w)|(?:{'|'.join(DIGIT_VALUES)})\b)"

SPOKEN_DIGITS = rf"(?<![\w.:/-]){_DIGIT}(?:{_BETWEEN}{_DIGIT}){{2,30}}"
NUMBER = rf"{_VALUE}(?:{_BETWEEN}{_VALUE}){{0,30}}"
NUMERALS = r"(?<![\w.:-]) (?P<it> [+(]{0,2} \d (?: [\ ()./-]{0,2} \d ){6,30} ) (?!\w)"

_IS = r"(?:,?\s+(?:is|was|it's)|'s|\s*:)\s+(?:(?:it's|its|like|plus)\s+)?"
PHONE = rf"""
    (?: \b (?:phone|telephone|mobile|cell|(?:my|our|mom's|mum's|dad's)\s+number|number\s+at\s+home)
        (?:\s+[\w']+){{0,4}}? {_IS}
      | \b (?:call|ring|phone|text|reach) \s+ (?:me|us|him|her|my\s+\w+) \s+ (?:on|at) \s+ )
"""
CODE = rf"""
    \b (?:pin|pass\s?code|door\s+code|code|combination|zip|zip\s+code|post\s?code)
    (?:\s+(?:for|to|of|on|number|the|our|my|bank|front|back|house|door|gate|garage|alarm|safe|tablet|phone|lock)){{0,5}}
    {_IS}
"""
_WORD = r"[^\s.,!?;:]+"
_GOES_ON = r"(?!(?:and|but|so|because|or|please|okay|ok|can|do|don't|what|is)\b)"
REST = rf"{_WORD}(?:,?\s+{_GOES_ON}{_WORD}){{0,7}}"
PASSWORD = rf"""
    \b (?:pass\s?word|pass\s?phrase|log\s?in|user\s?name|screen\s+name|gamer\s?tag)
    (?:\s+(?:for|to|of|on|the|our|my|his|her|everything|wifi|computer|tablet|ipad|phone|game|account|roblox)){{0,5}}
    {_IS} (?P<it> {_WORD} (?:\s+{_GOES_ON}{_WORD}){{0,3}} )
"""

EMAIL = r"""
    (?P<it> [\w.+-]{1,64} @ [\w-]{1,63} (?:\.[\w-]{1,63}){1,4}
      | (?: (?<=mail\ is\ ) | (?<=address\ is\ ) ) \w+ (?:\s+(?!at\b)\w+){0,5} \s+ at \s+ \w+ (?:\s+dot\s+\w+){1,3}
      | \b \w+ (?:\s+(?:dot|underscore|dash)\s+\w+){0,3}
        \s+ at \s+ (?:\w+\s+){0,2}? \w+ \s+ dot \s+
        (?:com|org|net|edu|uk|de|fr|in|co\s+dot\s+\w+|co|us|ca|au|nz|ie) \b )
"""

VAGUE_STREETS = _words("""
    way place close drive court square park hill gardens rise view circle row walk green
""")
"""Words that are seldom a street: "five minutes drive", "three kids at this place"."""
_STREET_KINDS = "street|st|road|rd|avenue|ave|lane|ln|dr|ct|terrace|boulevard|blvd|crescent|parkway"
_KIND = rf"(?P<kind>{_STREET_KINDS}|{'|'.join(sorted(VAGUE_STREETS))})"
_COUNT = "|".join(word for word in DIGIT_VALUES if word != "o")
_HOUSE = rf"(?P<number>\d{{1,5}}(?:[a-z](?!\w))?|(?:{_COUNT})\b(?:[\s-]+(?:and\s+)?(?:{_COUNT})\b){{0,4}})"
_FLAT = rf"(?:,?\s+(?:apartment|apt|flat|unit)\s+(?:number\s+)?(?:\d{{1,4}}[a-z]?\b|(?:{_COUNT})\b)){{0,1}}"
_STREET_NAME = r"(?P<name>[^\W\d][\w'.-]*(?:\s+[^\W\d][\w'.-]*){0,2}?)"
STREET = rf"(?<![\w.]) (?P<it> {_HOUSE} ,? \s+ {_STREET_NAME} \s+ {_KIND} \b {_FLAT} )"
STREET_AT_HOME = rf"""
    \b (?:(?:live|lives|living|home\s+is|house\s+is|stay|staying|address\s+is)\s+(?:(?:at|on|in|near|by)\s+)?)
    (?P<it> (?:(?:number\s+)?{_HOUSE} ,? \s+)? {_STREET_NAME} \s+ {_KIND} \b {_FLAT} )
"""
APARTMENT = rf"""
    \b (?:(?:live|lives|living|home\s+is|we're|i'm|are|am) \s+ (?:at|in|on) | house \s+ is) \s+
    (?P<it> (?:number|apartment|apt|flat|unit|house\s+number|room) \s+ (?:number\s+)?
        (?:\d{{1,4}}[a-z]?\b|(?:{_COUNT})\b(?:[\s-]+(?:{_COUNT})\b){{0,3}}) )
"""
POSTCODE = r"\b (?P<it> [A-Z]{1,2}\d[A-Z\d]? \s? \d[A-Z]{2} ) \b"
"""A British one; those of digits alone are met after "my zip code is"."""
NO_STREET_NAME = _words("""
    a an the in on at of to from for with by this that these those my your our his her their
    its i you he she it we they and or but so is are was were be been am do does did have has
    had can will would could more most many some any every all no not one two three way ways
    long big little small wide narrow busy dead new old same other another whole minute
    minutes hour hours mile miles kilometer kilometers meters day days week weeks year years
    month months o'clock pm times time kids kid people cars car houses house dogs cats trees
    lights feet dollar dollars star down up across along off out over under toy train quiet
    next first last what which where when how who why because if then there here very really
""")
FAMOUS_STREETS = frozenset({
    "jump street", "sesame street", "wallaby way", "privet drive", "baker street", "downing street",
    "drury lane", "penny lane", "abbey road", "wall street", "coronation street", "cherry tree lane",
    "pennsylvania avenue", "fleet street", "mulberry street", "conch street", "windsor gardens",
    "spooner street", "evergreen terrace", "diagon alley", "grimmauld place", "yellow brick road",
})  # fmt: skip
"""Of films, books and songs: a child may name them, also with a number."""

HOME_TOWN = r"""
    \b (?: (?:i|we|my\s+family) \s+ (?:(?:all|really|still)\s+){0,1} (?:live|lived|used\s+to\s+live) \s+ in
        | (?:i|we) \s+ (?:(?:just|have|recently)\s+){0,1} moved \s+ (?:here\s+)? (?:to|from)
        | (?:i|we) \s? (?:'m|am|are|'re|come) \s+ from )
    \s+ (?P<it> (?:(?:new|san|los|las|santa|saint|st|fort|port|north|south|east|west)\s+){0,1} [^\W\d_]+
         (?:\s+(?:city|town|village|beach|springs|falls|heights)){0,1} ) \b
"""
NO_PLACE = NO_STREET_NAME | _words("""
    space earth mars heaven town bed peace pajamas pyjamas nature water outer school home work different
    something somewhere nowhere anywhere everywhere mommy mom dad daddy grandma grandpa santa apartment
    flat houses castles caves trees middle back front room upstairs downstairs real fantasy minecraft
    roblox narnia hogwarts dreams darkness light germs love
""")
"""Words that follow "i live in" and tell nobody where."""

_SCHOOL_KIND = (
    r"(?:(?:elementary|primary|middle|high|secondary|junior|infant|grammar|prep|catholic|montessori)\s+){0,2}"
    r"(?:school|academy|kindergarten|kindergarden|preschool|pre-school|nursery|elementary|primary|montessori)"
)
SCHOOL = rf"""
    \b (?:go|goes|going|went|at|attend|attends|from|to|school\s+is|kindergarten\s+is) \s+ (?:to\s+|at\s+)?
    (?P<it> (?P<name>[^\W\d][\w'.-]*(?:\s+[^\W\d][\w'.-]*){{0,3}}?) \s+ {_SCHOOL_KIND} ) \b
    (?!\s+(?:of|bus|play|uniform|trip|lunch|today|yard))
"""
SCHOOL_NAMED = rf"""
    \b (?:school|kindergarten|nursery|preschool) (?:'s\s+name\s+is|\s+is\s+(?:called|named)|\s+name\s+is)
    \s+ (?P<it> {_WORD} (?:\s+{_GOES_ON}{_WORD}){{0,3}} )
"""
NO_SCHOOL_NAME = (NO_STREET_NAME - {"day", "days", "star", "stars", "kids"}) | _words("""
    school elementary primary middle high secondary junior infant grammar prep catholic
    montessori public private art music dance ballet swimming sunday summer ski driving wizard
    magic super hero superhero night after before during good nice fun different home sleep
    bed play work go going back walk ride get late early sick bring take started start finish
    today tomorrow yesterday hogwarts monster pirate princess dog puppy clown cooking language
    leave real regular boarding bus me him us them love hate like want don't didn't can't
    won't whole preschool law
""")

_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:twenty|thirty)[\s-](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth"
    r"|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR = (
    r"(?:(?:19|20)\d\d|two\s+thousand(?:\s+and)?(?:\s+\w+teen|\s+ten|\s+twenty(?:[\s-]\w+)?)?"
    r"|twenty\s+(?:ten|eleven|twelve|\w+teen|twenty(?:[\s-]\w+)?))"
)
BIRTHDAY = rf"""
    \b (?:birthday|birth\s?date|date\s+of\s+birth|b-?day|born|turned\s+\w+|turn\s+\w+) \b [^.!?]{{0,24}}?
    \b (?P<it>
        (?: (?:{_MONTH}) \.? \s+ (?:the\s+)? {_ORDINAL} | {_ORDINAL} (?:\s+of)? \s+ (?:{_MONTH}) ) \b
        (?: ,? \s+ (?:in\s+)? {_YEAR} \b ){{0,1}}
      | (?:{_MONTH}) \s+ {_YEAR} \b
      | \d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}
      | (?:19|20)\d\d-\d\d-\d\d
      | (?<=born\ in\ ) {_YEAR} \b
    )
"""

RELATIONS = _words("""
    mom mum mommy mummy mama ma mam dad daddy papa pa baba amma appa grandma grandpa granny
    nana nan grandad gran nonna nonno oma opa auntie aunt uncle brother sister baby mother
    father grandmother grandfather the and parent parents guardian teacher nanny
""")
"""A grown-up may be entered as "Mum": that tells nobody who she is."""
_WHO = (
    r"brother|sister|mom|mum|mommy|mummy|mama|dad|daddy|papa|friend|best\s+friend|cousin|teacher|neighbor|neighbour|"
    r"grandma|grandpa|aunt|uncle|family|nanny|babysitter"
)
_SECOND = r"(?:\s+(?!(?:and|but|what|who|i|can|hello|hi|do)\b)[^\W\d_]+(?=\s*(?:[.,!?]|$)|\s+and\b|\s+i\b))?"
INTRODUCED = rf"""
    \b (?: my \s+ (?:(?:full|last|first|middle|real|family|sur|nick)\s*){{0,1}} name (?:\s+is|'s)
         | i \s? (?:'m|am) \s+ (?:called|named)
         | (?<!they\ )(?<!all\ ) call \s+ me
         | my \s+ (?:little\s+|big\s+|baby\s+)? (?:{_WHO})
           (?: (?:'s)? \s+ name \s+ is | \s+ is \s+ (?:called|named) | 's\s+called )
         | my \s+ teacher \s+ is )
    \s+ (?P<it> (?:(?:mr|mrs|ms|miss)\.?\s+)? [^\W\d_]+(?:['-][^\W\d_]+)? {_SECOND} )
"""
NO_NAME = (
    NO_STREET_NAME
    | RELATIONS
    | _words("""
    just only called named secret super batman spiderman elsa princess king queen captain
    mister hard easy weird funny pretty short beautiful nice cool later maybe back again too
    also something anything nothing everything stupid dumb silly crazy names name bad good
    best like as when than still always never said says going sad happy mad secrets private
    important hidden wrong right safe strong weak supposed kept ours mine yours written about fun
    strict kind old young new mean
""")
)
"""Words that follow "my name is" or "call me" and are no name."""
KNOWN_AS = rf"(?:\b(?:name\s+is|name's|i\s?(?:'m|am)|called|named|{_WHO}|this\s+is|dear)\s+)$"
"""What stands before a name, so that "i am will" is one and "will you play" is none."""
ORDINARY_WORDS = _words("""
    will rose mark hope may june april august grace joy faith bill jack art rich sky summer
    autumn dawn daisy lily ivy violet ruby pearl amber jade iris holly hazel heather olive
    sandy misty sunny star angel king baker brown white black green gray grey young long
    little good best day love rain storm river brook robin jay wren bear fox wolf wood woods
    hill field stone rock reed cook bishop page hunter fisher miller taylor mason carter
    parker cooper drew chase pat guy chip buddy eve mercy charity patience prince duke earl
    major sage basil ginger pepper cherry clementine poppy willow fern carol melody harmony
    lane street park case bell ball banks bush fields waters weeks winter winters wise short
    strong sharp small miles dash earnest grant cliff dale forest rusty dusty skip
""")
"""First and family names that are words too: masked where they stand like a name."""
