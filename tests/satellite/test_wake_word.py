"""Wake words, on recorded voices: what they wake, and that nothing leaves the toy before."""

import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from wyoming.asr import Transcript
from wyoming.event import Event

from satellite.audio.pcm import CHUNK_MS
from satellite.board.panel import State
from satellite.errors import SetupError
from satellite.wake.turn_start import WORD_PRE_ROLL_MS, WakeMode, Waker
from satellite.wake.wake_word import WordDetector
from satellite.wire.commands import WAKE_WORDS, SettingsMessage
from tests.clock import FakeClock
from tests.satellite.sounds import AUDIO, WORD, ScriptedMicrophone, chunks_of, heard_by
from tests.satellite.toy import Peer, Toy, running_toy

OTHERS = sorted(file.name for file in AUDIO.glob("*.wav") if file.name != WORD)


@pytest.fixture(scope="module")
def detector() -> WordDetector:
    return WordDetector("okay_nabu")


def test_the_word_is_heard_once(detector: WordDetector) -> None:
    assert sum(map(detector.hears, chunks_of(WORD))) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_other_talk_is_not_the_word(name: str, detector: WordDetector) -> None:
    detector.forget()
    assert not any(map(detector.hears, chunks_of(name)))


def test_a_covered_word_is_easier_to_please(detector: WordDetector) -> None:
    story = chunks_of("spoken_story.wav")[20:]
    both = [mixed(one, other) for one, other in zip(chunks_of(WORD), story, strict=False)]
    detector.forget()
    assert not any(map(detector.hears, both))
    detector.forget()
    assert any(detector.hears(chunk, covered=True) for chunk in both)


def mixed(one: bytes, other: bytes) -> bytes:
    """The other one 10 dB more quiet."""
    samples = zip(array("h", one), array("h", other), strict=True)
    return array("h", [a + round(0.3 * b) for a, b in samples]).tobytes()


def test_half_a_word_from_before_is_forgotten(detector: WordDetector) -> None:
    chunks = chunks_of(WORD)
    heard_at, _ = heard_by(Waker(WakeMode.WORD), chunks)
    detector.forget()
    before = list(map(detector.hears, chunks[: heard_at - 3]))
    detector.forget()
    assert not any([*before, *map(detector.hears, chunks[heard_at - 3 :])])


@pytest.mark.parametrize("word", WAKE_WORDS)
def test_every_word_on_offer_can_be_listened_for(word: str) -> None:
    assert not any(map(WordDetector(word).hears, chunks_of("noise_room.wav")))


def test_an_unknown_word_says_which_there_are() -> None:
    with pytest.raises(SetupError, match="must be one of okay_nabu, hey_jarvis"):
        WordDetector("rabbit")


def test_a_turn_begins_behind_the_word() -> None:
    chunks = chunks_of(WORD)
    woken, begin = heard_by(Waker(WakeMode.WORD), chunks)
    assert begin == chunks[woken + 1 - WORD_PRE_ROLL_MS // CHUNK_MS : woken + 1]


def test_a_parent_chooses_the_word_while_the_toy_runs() -> None:
    waker = Waker(WakeMode.MANUAL)
    assert heard_by(waker, chunks_of(WORD))[1] == []
    waker.choose(SettingsMessage(wake="word", word="okay_nabu"))
    assert heard_by(waker, chunks_of(WORD))[1]
    waker.choose(SettingsMessage(wake="word", word="alexa"))
    assert heard_by(waker, chunks_of(WORD))[1] == []
    waker.choose(SettingsMessage(wake="button", word="okay_nabu"))
    assert heard_by(waker, chunks_of(WORD))[1] == []


@pytest.mark.parametrize(
    ("wake", "chosen", "follow_up_s"),
    [
        (WakeMode.MANUAL, "", 0),  # the child's finger alone decides until a parent says otherwise
        (WakeMode.MANUAL, "button", 4),
        (WakeMode.WORD, "", 4),
        (WakeMode.VOICE, "", 4),
        (WakeMode.MANUAL, "word", 4),
    ],
)
def test_a_toy_with_a_button_listens_on_only_when_a_parent_chose_so(
    wake: WakeMode, chosen: str, follow_up_s: int
) -> None:
    waker = Waker(wake)
    waker.choose(SettingsMessage(wake=chosen, follow_up_s=4))
    assert waker.follow_up_s == follow_up_s


async def test_no_sound_leaves_before_the_word() -> None:
    microphone = ScriptedMicrophone()
    async with running_toy(WakeMode.WORD, microphone) as toy:
        hub = await toy.hub()
        await microphone.give("spoken_dog.wav")
        assert await hub.hears_nothing()
        assert State.LISTENING not in toy.panel.seen
        await microphone.give(WORD)
        first = [await hub.read() or Event("closed") for _ in range(2)]
        assert [event.type for event in first] == ["detection", "run-pipeline"]
        assert first[0].data["name"] == "okay_nabu"
        assert toy.panel.shown() is State.LISTENING


async def answer(toy: Toy, hub: Peer, microphone: ScriptedMicrophone) -> None:
    """A turn by the word, until its answer is played."""
    await microphone.give(WORD)
    await hub.until("run-pipeline")
    await hub.say(Transcript("what is the moon").event())
    await hub.reply()
    await hub.until("played")
    await toy.panel.until(State.LISTENING_ON)


async def test_after_an_answer_a_voice_is_enough() -> None:
    microphone = ScriptedMicrophone()
    async with running_toy(WakeMode.WORD, microphone) as toy:
        hub = await toy.hub()
        await answer(toy, hub, microphone)
        assert await hub.hears_nothing()
        await microphone.give("spoken_cow.wav")
        await hub.until("run-pipeline")
        assert toy.panel.shown() is State.LISTENING


async def test_a_silent_child_is_listened_for_no_longer_than_set() -> None:
    microphone, clock = ScriptedMicrophone(), FakeClock()
    async with running_toy(WakeMode.WORD, microphone, clock=clock) as toy:
        hub = await toy.hub()
        await microphone.give(WORD)
        await hub.until("run-pipeline")
        await hub.say(Transcript("what is the moon").event())
        await hub.reply()
        while toy.panel.shown() is not State.LISTENING_ON:
            await clock.advance(0.1)
        await clock.advance(SettingsMessage().follow_up_s - 0.2)
        assert toy.panel.shown() is State.LISTENING_ON
        await clock.advance(0.2)
        assert toy.panel.shown() is State.IDLE
        await microphone.give("spoken_cow.wav")
        await hub.until("played")
        assert await hub.hears_nothing()


async def test_an_announcement_is_not_answered() -> None:
    async with running_toy(WakeMode.WORD, ScriptedMicrophone()) as toy:
        hub = await toy.hub()
        await hub.reply()
        await hub.until("played")
        await toy.panel.until(State.IDLE)
        assert State.LISTENING_ON not in toy.panel.seen


def test_a_running_toy_with_ears_holds_neither_numpy_nor_the_hub(tmp_path: Path) -> None:
    options = (
        "--wake word --mic wav:{} --speaker none --host 127.0.0.1 --port 0 --interface 127.0.0.1"
    )
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "satellite",
        "run",
        "--state",
        str(tmp_path),
    ]
    given = options.format(AUDIO / "noise_room.wav").split()
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen([*command, *given], stdout=subprocess.PIPE, stderr=errors) as toy,
    ):
        assert toy.stdout is not None
        while b"pairing code" not in toy.stdout.readline():
            assert toy.poll() is None, log.read_text()
        toy.terminate()
    imported = {line.rpartition("|")[2].strip() for line in log.read_text().splitlines()}
    assert {"pymicro_features", "satellite.audio.speex"} <= imported
    assert not {"numpy", "pymicro_wakeword", "hub"} & imported
