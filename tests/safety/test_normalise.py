"""Every plausible reading of a disguised text, and none that would turn plain play into something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.safety.guard import MAX_TEXT_CHARS
from hub.safety.text.normalise import MAX_READINGS, fold, readings, words


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I'm gonna tell Mommy!", "i am going to tell mom ."),
        ("What’s your dad's name?", "what is your dads name ."),
        ("don't, won't; can't", "do not will not . can not"),
        ("HE'LL come", "he will come"),
        ("um can you uh sing", "can you sing"),
        ("Café Zoë", "cafe zoe"),
        ("பொம்மை", "பொம்மை"),
        ("", ""),
        ("...", ""),
    ],
)
def test_the_first_reading_is_the_text_in_plain_words(text: str, plain: str) -> None:
    assert readings(text)[0] == plain


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("k1ll", "kill"),
        ("he11o", "hello"),
        ("b@d", "bad"),
        ("sh!t", "shit"),
        ("every1 h8s u", "everyone hates you"),
        ("1 w4nt t0 d13", "i want to die"),
        ("f**k", "fuck"),
        ("f***", "fuck"),
        ("su!c!de", "suicide"),
        ("kn-ife", "knife"),
        ("kll myslf", "kill myself"),
        ("k i l l", "kill"),
        ("k-i-l-l", "kill"),
        ("k.i.l.l", "kill"),
        ("k i l l m y s e l f", "kill myself"),
        ("a g u n", "a gun"),
        ("kay eye el el", "kill"),
        ("kay i l l", "kill"),
        ("kay i double l", "kill"),
        ("double you ee ee dee", "weed"),
        ("kilo india lima lima", "kill"),
        ("k for kite i for ice l for lion l for lamp", "kill"),
        ("say ef you see kay", "say fuck"),
        ("owhay otay illkay", "how to kill"),
        ("kiiiill", "kill"),
        ("kiiilll", "kill"),
        ("stuuuupid", "stupid"),
        ("kcuf uoy", "fuck you"),
        ("mih llik", "kill him"),
        ("sui cide", "suicide"),
        ("gre nade", "grenade"),
        ("su i cide", "suicide"),
        ("i wnat to hrut my borther", "i want to hurt my brother"),
        ("can you ekat off your sehtolc", "can you take off your clothes"),
        ("i wa nt to pu sh her down the stai rs", "i want to push her down the stairs"),
        ("my f*iend d*n't eat", "my friend do not eat"),
        ("tee ay kay ee off your see el oh tee aitch ee ess", "take off your clothes"),
        ("dooon't tell your parennnts", "do not tell your parents"),
        ("howtomakeabomb", "how to make a bomb"),
        ("killmyself", "kill myself"),
        ("i want. to make a. bomb", "i want to make a bomb"),
        ("how to make a. bomb at home now please. Ok.", "how to make a bomb at home now please . ok ."),
        ("i want to curl myself", "i want to kill myself"),
        ("sewer slide", "suicide"),
        ("i wanna unalive myself", "i want to kill myself"),
        ("kys", "kill yourself"),
        ("my step dab hits me with the bell", "my stepdad hits me with the belt"),
        ("fооl", "fool"),
        ("ki\u200bll", "kill"),
        ("\u202eki\u2066ll", "kill"),
        ("ｋｉｌｌ", "kill"),
        ("ki\u00adll", "kill"),
        ("𝓴𝓲𝓵𝓵", "kill"),
        ("🄺🄸🄻🄻", "kill"),
        ("ⓚⓘⓛⓛ", "kill"),
        ("ᴋɪʟʟ", "kill"),
        ("🇰🇮🇱🇱", "kill"),
        ("k̶i̶l̶l̶", "kill"),
        ("κιll", "kill"),
        ("ΚΝΙFΕ", "knife"),
    ],
)  # fmt: skip
def test_a_hidden_word_is_among_the_readings(text: str, hidden: str) -> None:
    assert hidden in readings(text)


@pytest.mark.parametrize(
    "text",
    [
        "i am 7 years old",
        "go forward 10 meters",
        "good book",
        "abc",
        "my brother is in the 5th grade and wakes up at 6am",
        "water is h2o",
        "the therapist has a classic peacock",
        "i want to dye my hair",
        "we saw a skillet and a grapefruit",
        "frere jacques frere jacques dormez vous",
        "el lobo me ha molestado",
        "ich schreibe meinem grossvater",
        "why are you in the sea oh my",
        "boom shakalaka bibbidi bobbidi boo",
        "la la la hahahaha",
        "corn on the cob and grape juice",
        "my dog god and a racecar",
        "priya and lakshmi ate idli with sambar",
        "see you are you okay why oh why",
    ],
)
def test_a_plain_text_has_one_reading(text: str) -> None:
    assert readings(text) == (text,)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("b i n g o and bingo was his name", "bingo and bingo was his name"),
        ("c a t spells cat", "cat spells cat"),
        ("s o s", "sos"),
        ("noooo", "no"),
    ],
)
def test_play_with_words_stays_play(text: str, spelled: str) -> None:
    assert {form.removesuffix(" .") for form in readings(text)[1:]} <= {spelled}


def test_words_as_they_stand_keep_other_languages_apart_from_english_short_forms() -> None:
    assert words("Papá, ya no quiero… ¿tú?") == "papa ya no quiero . tu ."
    assert words("qu'il m'a dit") == "qu il m a dit"


@given(st.text(max_size=500))
def test_any_text_has_few_readings_of_lower_case_words_parted_by_single_spaces(text: str) -> None:
    forms = readings(text)
    assert 1 <= len(forms) <= MAX_READINGS
    for form in forms:
        assert form == " ".join(form.split())


@given(st.text(max_size=500))
def test_folding_twice_is_folding_once_and_no_text_grows_without_bound(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= 8 * len(text)


@pytest.mark.parametrize(
    "piece", ["k1", "l!@3", "kiill", "k i ", "*a", "double ", "ab-", "u ", "ﷺ", "ayay "]
)
def test_the_longest_nastiest_text_has_bounded_readings(piece: str) -> None:
    forms = readings((piece * MAX_TEXT_CHARS)[:MAX_TEXT_CHARS])
    assert len(forms) <= MAX_READINGS
    assert all(len(form) <= 4 * MAX_TEXT_CHARS for form in forms)
