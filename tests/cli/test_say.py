"""`pommai-hub say` and `chat`: whole turns by typing, with a hub that runs and without one."""

import asyncio
import json
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.cli.command import ServingHub, hub_command, one_line


def test_say_is_a_whole_turn_without_a_hub_and_keeps_the_reply_s_sound(
    data: Path, tmp_path: Path
) -> None:
    reply = tmp_path / "reply.wav"
    result = hub_command(
        *("say", "--data", data, "--toy", "pommai", "why is the sky blue", "--json"),
        *("--speaker", f"wav:{reply}"),
    )
    turn = json.loads(result.stdout)
    assert turn["heard"] == "why is the sky blue"
    assert turn["allowed"] is True
    assert turn["category"] == "none"
    assert turn["alert"] is False
    assert turn["said"]
    assert turn["providers"]["llm"] == "storyteller"
    assert turn["timings_ms"]["first_audio"] > 0
    with wave.open(str(reply)) as sound:
        assert sound.getframerate() == 16_000
        assert sound.getnframes() / 16_000 == pytest.approx(turn["reply_audio_s"], abs=0.02)


def test_say_shows_a_refusal_and_the_kind_words_spoken_instead(data: Path) -> None:
    words = "I want to kill myself"
    shown = hub_command("say", "--data", data, "--toy", "Pommai", words)
    assert shown.returncode == 0
    before, _, told = shown.stdout.partition(f"You: {words}\n")
    guard, *toy = told.splitlines()
    assert guard.startswith("(The guard stopped the words: self_harm")
    assert toy
    assert all(line.startswith("Pommai: ") for line in [*before.splitlines(), *toy])
    turn = json.loads(hub_command("say", "--data", data, "--toy", "Pommai", words, "--json").stdout)
    assert turn["allowed"] is False
    assert turn["category"] == "self_harm"
    assert turn["alert"] is True


def test_say_refuses_a_speaker_that_is_no_wav_file(data: Path) -> None:
    said = one_line(hub_command("say", "--toy", "Pommai", "hi", "--speaker", "x", "--data", data))
    assert said == "pommai-hub: --speaker x: must be wav:FILE"


def test_say_speaks_to_the_only_toy_where_none_is_named(data: Path) -> None:
    shown = hub_command("say", "tell me a riddle", "--data", data)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "You: tell me a riddle\nPommai: " in shown.stdout


async def add_bear(data: Path) -> None:
    database = await Database.open(data, SystemClock())
    toys = Store(database, Bus(), SystemClock()).toys
    [toy] = await toys.list()
    await toys.save(replace(toy, id="bear", name="Bear"))
    await database.aclose()


@pytest.mark.parametrize("command", ["say hello", "chat"])
def test_of_several_toys_one_has_to_be_named(command: str, data: Path) -> None:
    asyncio.run(add_bear(data))
    said = one_line(hub_command(*command.split(), "--data", data))
    assert said == "pommai-hub: there are several toys: add --toy with one of Bear, Pommai"


def test_chat_is_turn_after_turn_until_the_end_of_the_input(
    data: Path, running: ServingHub
) -> None:
    shown = hub_command("chat", "--data", data, stdin="tell me a riddle\n\nhello\n")
    assert (shown.returncode, shown.stderr) == (0, "")
    spoken = [line.partition(": ") for line in shown.stdout.splitlines()]
    assert [text for who, _, text in spoken if who == "You"] == ["tell me a riddle", "hello"]
    assert {who for who, _, _ in spoken} == {"You", "Pommai"}
    assert spoken[-1][0] == "Pommai", "the last words are answered, too"


def test_chat_with_nobody_there_ends_with_what_is_wrong(data: Path) -> None:
    said = hub_command("chat", "--toy", "Nobody", "--data", data, stdin="hello\n")
    assert "Nobody" in one_line(said)
