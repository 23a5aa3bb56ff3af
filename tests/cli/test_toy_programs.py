"""`pommai-hub toys programs`: what a toy hears, thinks and speaks with."""

from pathlib import Path

from tests.cli.command import ServingHub, hub_command, one_line


def test_lists_model_and_voice_are_set_and_shown(data: Path, running: ServingHub) -> None:
    def programs(*args: str) -> str:
        answer = hub_command("toys", "programs", "Pommai", *args, "--data", data)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    told = programs("--speaks", "espeak", "--set", "speed=0.8", "--set", "pitch=70")
    assert "Pommai hears with what is set for the household\n" in told
    assert "Pommai speaks with espeak, auto\n" in told
    assert "the usual one of espeak; it takes speed 0.8, pitch 70" in told
    assert "temperature 0.3, at most 200 tokens" in programs("--temperature", "0.3")
    assert "it takes speed, pitch 70" in programs("--set", "speed=")
    assert "Pommai speaks with what is set for the household\n" in programs("--speaks", "household")
    for asked, why in (
        (("--set", "speed"), "give it such as speed=0.9"),
        (("--set", "speed=9"), "setting-speed: Please give a number from 0.5 to 2"),
        (("--thinks", "nobody"), "nobody can’t be chosen here"),
    ):
        refused = hub_command("toys", "programs", "Pommai", *asked, "--data", data)
        assert why in one_line(refused)


def test_a_voice_is_listed_and_taken(data: Path, running: ServingHub) -> None:
    def voices(*args: str) -> str:
        answer = hub_command("toys", "voices", "Pommai", "--by", "espeak", *args, "--data", data)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    assert "\nde: German, de\n" in voices()
    assert voices("--voice", "de").startswith("Pommai speaks with de of espeak.\n")
    assert voices("--format", "").startswith("Pommai speaks with de of espeak.\n"), "it stays"
    refused = hub_command("toys", "voices", "Pommai", "--voice", "nobody", "--data", data)
    assert "voice: " in one_line(refused)
