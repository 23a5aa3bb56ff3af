"""The real command: what it prints, what it exits with, and one clear line for what is wrong."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ENV, HUB, LIMIT_S, RunningHub, hub_command, one_line, pommai_hub


def test_help_answers_without_loading_the_hub() -> None:
    probe = (
        "import sys, hub.__main__ as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: print(sorted(n for n in sys.modules if n.split('.')[0] in "
        "('aiohttp', 'numpy', 'openai', 'pydantic', 'rich', 'sqlalchemy', 'structlog')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[-1] == "[]"
    for command in ("run", "demo", "say", "check", "toys", "stop", "resume", "models", "doctor"):
        assert f"    {command} " in shown.stdout


def test_asking_a_running_hub_loads_neither_the_hub_nor_its_database() -> None:
    asking = ("say", "stop", "toys", "trace")
    probe = (
        f"import sys, hub.config, hub.log, {', '.join(f'hub.cli.{name}' for name in asking)}\n"
        "print(sys.modules.keys() & {'alembic', 'hub.core.hub', 'numpy', 'onnxruntime', 'sqlalchemy'})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "set()\n"


@pytest.mark.parametrize(
    "command", ["run", "say --toy Pommai hi", "stop", "toys list", "models get base.en"]
)
def test_a_data_folder_under_a_file_is_one_clear_line(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "data"
    said = one_line(hub_command(*command.split(), "--data", folder))
    assert str(tmp_path / "file") in said
    assert "--data" in said


def test_a_data_folder_that_refuses_writes_is_one_clear_line() -> None:
    said = one_line(pommai_hub("run", "--data", "/proc/pommai"))
    assert said.startswith("pommai-hub: /proc/pommai")
    assert "--data" in said


def test_a_misspelt_key_is_one_clear_line_with_what_was_meant(tmp_path: Path, data: Path) -> None:
    (tmp_path / "pommai.toml").write_text('[tts]\nvoise = "amy"\n')
    said = one_line(hub_command("run", "--data", data, cwd=tmp_path))
    assert said.startswith("pommai-hub: pommai.toml: [tts] voise: unknown key; did you mean")
    assert "[tts.piper] voice" in said
    assert not data.exists()


def test_a_missing_settings_file_is_one_clear_line(data: Path) -> None:
    said = one_line(hub_command("toys", "list", "--data", data, "--config", "/gone.toml"))
    assert said == "pommai-hub: /gone.toml: can't read it: No such file or directory"


def test_a_wrong_environment_variable_is_one_clear_line(data: Path) -> None:
    said = one_line(hub_command("doctor", "--data", data, POMMAI_LOG__LEVLE="info"))
    assert said.endswith("POMMAI_LOG__LEVLE: unknown key; did you mean POMMAI_LOG__LEVEL?")


def test_a_taken_guardian_port_is_one_clear_line(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = one_line(hub_command("run", "--data", data, "--port", str(port)))
    assert str(port) in said
    assert "[guardian] port" in said


def test_an_unknown_toy_is_one_clear_line_that_names_those_there_are(data: Path) -> None:
    said = one_line(hub_command("say", "--data", data, "--toy", "Nobody", "hello"))
    assert "Nobody" in said
    assert "Pommai" in said


@pytest.mark.parametrize("action", ["get", "remove"])
def test_a_model_that_there_is_not_is_one_clear_line(data: Path, action: str) -> None:
    said = one_line(hub_command("models", action, "base.em", "--data", data))
    assert said == "pommai-hub: there is no model 'base.em'; did you mean base.en?"


def test_run_says_what_it_uses_where_the_pages_are_and_the_code_and_ctrl_c_ends_it_cleanly(
    process: RunningHub,
) -> None:
    using, pages, code = process.said[-3:]
    assert using.startswith("Using stt ")
    assert pages.startswith("Guardian pages: http://127.0.0.1:")
    assert code.startswith("One-time code")
    exit_code, stderr = process.stop(signal.SIGINT)
    assert exit_code == 0
    assert "Traceback" not in stderr


def test_ctrl_c_ends_a_command_with_130_and_without_a_traceback(data: Path) -> None:
    with subprocess.Popen(
        [HUB, "check", "--jsonl", "--data", data],
        env=ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("{}\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 130
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_commands_ask_the_hub_that_runs_and_a_second_one_is_refused(
    process: RunningHub, data: Path
) -> None:
    house = json.loads(pommai_hub("toys", "list", "--json", "--data", data).stdout)
    assert [toy["name"] for toy in house["toys"]] == ["Pommai"]
    told = hub_command("say", "--data", data, "--toy", "Pommai", "tell me a riddle")
    assert "You: tell me a riddle\nPommai: " in told.stdout
    said = one_line(hub_command("run", "--data", data, "--port", "0"))
    assert str(process.process.pid) in said
    process.stop(signal.SIGKILL)
    alone = hub_command("say", "--data", data, "--toy", "Pommai", "hello", "--json")
    assert json.loads(alone.stdout)["heard"] == "hello"


def test_toys_list_says_what_to_do_when_there_is_none(data: Path) -> None:
    shown = hub_command("toys", "list", "--data", data, POMMAI_HUB__INTERFACES="203.0.113.7")
    assert "pommai-satellite run" in shown.stdout
    assert "Toys: Pommai" in shown.stdout


def test_doctor_finds_this_machine_fit_for_a_turn(data: Path) -> None:
    result = hub_command("doctor", "--json", "--data", data, "--config", "/dev/null")
    found = json.loads(result.stdout)
    about = {finding["about"]: finding for finding in found["findings"]}
    assert result.returncode == 0
    assert found["ok"] is True
    assert "choice 1" in about["llm storyteller"]["detail"]
    assert str(data) in about["data folder"]["detail"]
    assert "leaves this home" in about["llm openai"]["detail"]


def test_doctor_says_what_leaves_the_house_and_which_layer_of_the_guard_cannot_work(
    data: Path,
) -> None:
    result = hub_command(
        "doctor", "--data", data, POMMAI_SAFETY__USE="openai", POMMAI_TTS__USE="elevenlabs"
    )
    assert result.returncode == 1
    assert "tts elevenlabs: the toy's words leave your home" in result.stdout
    assert "safety openai: what is said leaves your home to be checked" in result.stdout
    assert "set OPENAI_API_KEY" in result.stdout
    assert "→ the guard refuses everything until this is mended" in result.stdout


def test_doctor_says_what_to_do_about_a_taken_port_and_exits_1(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = hub_command("doctor", "--data", data, POMMAI_GUARDIAN__PORT=port)
    assert result.returncode == 1
    assert f"127.0.0.1:{port} is taken" in result.stdout
    assert "→ choose another with --port" in result.stdout


def test_models_list_tells_what_is_here(data: Path) -> None:
    models = json.loads(hub_command("models", "list", "--json", "--data", data).stdout)
    assert {model["kind"] for model in models} == {"whisper", "piper", "turn", "speaker"}
    assert not any(model["installed"] for model in models)
    shown = hub_command("models", "list", "--data", data).stdout
    assert "[turn]" in shown
    assert all(f"{model['name']} " in shown for model in models), "a name is cut"


def test_models_get_without_a_network_is_one_clear_line(data: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = hub_command("models", "get", "base.en", "--data", data, HF_ENDPOINT=server)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "can't reach the model server" in result.stderr


def test_check_answers_each_line_before_the_next_one_comes() -> None:
    with subprocess.Popen(
        [HUB, "check", "--jsonl"],
        cwd="/",
        env=ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text, allowed in (("tell me a story", True), ("I want to kill myself", False)):
            question = {"text": text, "direction": "child", "level": "strict"}
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert set(answer) == {"allowed", "category", "severity", "alert", "look", "ms"}
            assert answer["allowed"] is allowed
        process.stdin.close()
        assert process.wait(LIMIT_S) == 0


def test_check_answers_bad_lines_with_what_is_wrong_and_goes_on() -> None:
    good = json.dumps({"text": "hello", "direction": "toy", "level": "relaxed"})
    bad = ["nonsense", "", "[]", '{"text": "x"}', "[" * 100_000, json.dumps("x" * 1_200_000)]
    result = hub_command("check", "--jsonl", stdin="\n".join([*bad, good]))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(answer) for answer in answers[:-1]] == [["error"]] * len(bad)
    assert "longer than" in answers[-2]["error"]
    assert answers[-1]["allowed"] is True
    assert result.returncode == 0
    assert result.stderr == ""


def test_check_tells_a_person_why_and_a_script_by_its_exit_code() -> None:
    refused = pommai_hub("check", "how do I kill my brother", "--level", "relaxed")
    assert refused.returncode == 1
    assert refused.stdout.startswith("refused violence")
    allowed = hub_command("check", "tell me a story", "--direction", "toy")
    assert allowed.returncode == 0
    assert allowed.stdout.startswith("allowed")


def test_check_explains_layer_by_layer_and_what_would_change_the_verdict() -> None:
    shown = hub_command("check", "--explain", "how do I kill my brother")
    assert shown.returncode == 1
    assert shown.stdout.startswith("refused violence")
    for part in ("Read as\n  how do i kill my brother", "\nLayers\n  rules", "violence.", "  talk"):
        assert part in shown.stdout
    assert "Without “kill” or “brother” it would pass." in shown.stdout
    machine = json.loads(hub_command("check", "--explain", "--json", "tell me a story").stdout)
    assert machine["allowed"] is True
    assert [layer["layer"] for layer in machine["layers"]] == [
        "rules",
        "classifier",
        "talk",
        "language",
    ]
    assert set(machine["levels"]) == {"strict", "moderate", "relaxed"}


def test_check_hears_what_was_said_before_from_a_file_and_from_the_command_line(
    tmp_path: Path,
) -> None:
    assert hub_command("check", "bomb", "--json").returncode == 0
    said = hub_command("check", "bomb", "--json", "--said", "child: how do i make a")
    assert json.loads(said.stdout)["layer"] == "talk"
    history = tmp_path / "talk.jsonl"
    history.write_text('{"direction": "child", "text": "how do i make a"}\n')
    read = hub_command("check", "bomb", "--json", "--history", history)
    assert read.stdout == said.stdout
    history.write_text('{"direction": "child", "text": "hi"}\n{"direction": "dog"}\n')
    wrong = one_line(hub_command("check", "bomb", "--history", history))
    assert wrong.startswith(f"pommai-hub: {history}:2: direction")
    assert "--jsonl takes" in one_line(hub_command("check", "--jsonl", "--explain"))


def test_check_wants_a_text_or_lines() -> None:
    assert one_line(hub_command("check")) == "pommai-hub: check: give either a TEXT or --jsonl"


def test_a_reader_that_has_enough_ends_a_command_without_a_traceback() -> None:
    question = json.dumps({"text": "hello", "direction": "toy", "level": "relaxed"})
    with subprocess.Popen(
        [HUB, "check", "--jsonl"],
        cwd="/",
        env=ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, stderr = process.communicate(f"{question}\n" * 3, timeout=LIMIT_S)
    assert stderr == ""


def test_a_hash_that_is_none_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    done = hub_command("models", "get", "base.en", "--sha256", "abc", "--data", tmp_path)
    assert done.returncode == 2
    assert "a SHA-256 has 64 hexadecimal digits" in done.stderr


def test_doctor_says_that_a_chosen_model_server_is_not_there(data: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        result = hub_command(
            "doctor",
            "--json",
            "--data",
            data,
            POMMAI_LLM__USE="openai",
            POMMAI_LLM__OPENAI__BASE_URL=server,
            POMMAI_LLM__OPENAI__MODEL="llama3.2",
        )
    about = {finding["about"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert result.returncode == 1
    assert about["llm openai"]["ok"] is False
    assert "127.0.0.1" in about["llm openai"]["detail"]
    assert "the next one answers" in about["llm openai"]["do"]
    assert about["any llm"]["detail"] == "storyteller"
