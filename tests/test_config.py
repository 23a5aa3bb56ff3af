"""Every setting, by file and by environment, and one clear line for each way to get one wrong."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Gt

from hub.config import Config, loading
from hub.errors import ConfigError
from tests.settings_keys import Key, keys

KEYS = keys()
by_env = pytest.mark.parametrize("key", KEYS, ids=[k.env for k in KEYS])


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pommai.toml of the developer's is in the way."""
    monkeypatch.chdir(tmp_path)


def another_value(key: Key) -> Any:
    """A valid value that isn't the default, as JSON and TOML write it."""
    field: Any = key.field
    if get_origin(field.annotation) is Literal:
        return next(c for c in get_args(field.annotation) if c != key.default)
    if get_origin(field.annotation) is tuple:
        return ["127.0.0.1/32", "10.0.0.5/32"]
    if field.annotation is bool:
        return not key.default
    if field.annotation in (int, float):
        least: list[Any] = [m.ge for m in field.metadata if isinstance(m, Ge)]
        least += [m.gt for m in field.metadata if isinstance(m, Gt)]
        return field.annotation(least[0] + 2)
    return "/somewhere/else"


def value_in(loaded: Config, key: Key) -> Any:
    value: Any = loaded
    for part in (*key.section.split("."), key.name):
        value = getattr(value, part)
    return list(map(str, value)) if isinstance(value, tuple) else value


def write(tmp_path: Path, toml: str) -> Path:
    path = tmp_path / "pommai.toml"
    path.write_text(toml, "utf-8")
    return path


@by_env
def test_every_key_is_read_from_the_file(key: Key, tmp_path: Path) -> None:
    wanted = another_value(key)
    path = write(tmp_path, f"[{key.section}]\n{key.name} = {json.dumps(wanted)}\n")
    found = value_in(loading.load(path, {}), key)
    assert (str(found) if isinstance(found, Path) else found) == wanted
    assert found != key.default


@by_env
def test_every_key_is_read_from_the_environment_and_beats_the_file(
    key: Key, tmp_path: Path
) -> None:
    wanted = another_value(key)
    file = json.dumps(key.default) if isinstance(key.default, str | int | float) else None
    path = write(tmp_path, f"[{key.section}]\n{key.name} = {file}\n" if file else "")
    text = ", ".join(wanted) if isinstance(wanted, list) else str(wanted)
    found = value_in(loading.load(path, {key.env: text}), key)
    assert (str(found) if isinstance(found, Path) else found) == wanted


@by_env
def test_every_key_says_what_it_is_for(key: Key) -> None:
    assert key.description.endswith(".")


def test_defaults_need_no_file_and_no_environment() -> None:
    loaded = loading.load(None, {})
    assert loaded.guardian.port == 8770
    assert loaded.guardian.host == "127.0.0.1"


def test_the_working_folder_s_file_is_found_and_one_named_by_the_environment_beats_it(
    tmp_path: Path,
) -> None:
    write(tmp_path, "[turn]\nsilence_ms = 700\n")
    other = tmp_path / "other.toml"
    other.write_text("[turn]\nsilence_ms = 900\n")
    assert loading.load(None, {}).turn.silence_ms == 700
    assert loading.load(None, {"POMMAI_CONFIG": str(other)}).turn.silence_ms == 900


def test_the_data_folder_has_a_short_name() -> None:
    assert loading.load(None, {"POMMAI_DATA": "/a"}).hub.data == Path("/a")


WRONG_FILES = {
    "a key of an inner section": (
        '[tts]\nvoise = "amy"',
        "[tts] voise: unknown key; did you mean [tts.piper] voice "
        "or [tts.elevenlabs] voice or [tts.minimax] voice …?",
    ),
    "a neighbour's key": (
        "[turn]\nsilense_ms = 9",
        "[turn] silense_ms: unknown key; did you mean silence_ms?",
    ),
    "a key of another section": (
        "[hub]\nsilence_ms = 900",
        "[hub] silence_ms: unknown key; did you mean [turn] silence_ms?",
    ),
    "a section": ("[tss]\nuse = []", "tss: unknown section; did you mean tts?"),
    "nothing like it": (
        "[log]\nzzz = 1",
        "[log] zzz: unknown key; known are format, level, traces",
    ),
    "a key in the file": (
        '[tts.elevenlabs]\napi_key = "hush"',
        "[tts.elevenlabs] api_key: keys don't belong into settings; put it into the environment, "
        "e.g. as ELEVENLABS_API_KEY",
    ),
    "a number out of range": (
        "[guardian]\nport = 70000",
        "[guardian] port: should be less than or equal to 65535, not 70000",
    ),
    "words for a number": (
        '[turn]\nmax_s = "long"',
        "[turn] max_s: should be a valid number, unable to parse string as a number, not 'long'",
    ),
    "an unknown choice": (
        '[log]\nlevel = "loud"',
        "[log] level: must be one of 'debug', 'info', 'warning', 'error', not 'loud'",
    ),
    "one value for a list": (
        '[stt]\nuse = "whisper"',
        "[stt] use: must be a list, e.g. ['whisper']",
    ),
    "a wrong item of a list": ("[stt]\nuse = [3]", "[stt] use: should be a valid string, not 3"),
    "a value for a section": ("tts = 3", "tts: is a section, so it can't be 3"),
}


@pytest.mark.parametrize("wrong", WRONG_FILES)
def test_a_wrong_setting_is_one_line_with_the_file_the_place_and_what_was_meant(
    wrong: str, tmp_path: Path
) -> None:
    toml, message = WRONG_FILES[wrong]
    path = write(tmp_path, toml)
    with pytest.raises(ConfigError) as raised:
        loading.load(path, {})
    assert str(raised.value) == f"{path}: {message}"


WRONG_ENVIRONMENTS = {
    "POMMAI_TTS__VOISE": "POMMAI_TTS__VOISE: unknown key; did you mean POMMAI_TTS__PIPER__VOICE or "
    "POMMAI_TTS__ELEVENLABS__VOICE or POMMAI_TTS__MINIMAX__VOICE …?",
    "POMMAI_TURN__SILENCE": "POMMAI_TURN__SILENCE: unknown key; did you mean POMMAI_TURN__SILENCE_MS?",
    "POMMAI_SILENCE_MS": "POMMAI_SILENCE_MS: settings are POMMAI_SECTION__KEY; "
    "did you mean POMMAI_TURN__SILENCE_MS?",
    "POMMAI_GUARDIAN__PORT": "POMMAI_GUARDIAN__PORT: should be a valid integer, "
    "unable to parse string as an integer, not 'x'",
    "POMMAI_LLM__OPENAI__API_KEY": "POMMAI_LLM__OPENAI__API_KEY: keys don't belong into settings; "
    "put it into the environment, e.g. as OPENAI_API_KEY",
    "POMMAI_LOG__LEVEL__MORE": "POMMAI_LOG__LEVEL__MORE: level is a value, not a section",
    "POMMAI_TSS__USE": "POMMAI_TSS__USE: unknown section; did you mean POMMAI_TTS__…?",
    "POMMAI_TSS__PIPER__VOICE": "POMMAI_TSS__PIPER__VOICE: unknown section; did you mean POMMAI_TTS__…?",
    "POMMAI_": "POMMAI_: settings are POMMAI_SECTION__KEY",
}


@pytest.mark.parametrize("name", WRONG_ENVIRONMENTS)
def test_a_wrong_environment_variable_is_named_itself(name: str, tmp_path: Path) -> None:
    path = write(tmp_path, '[log]\nlevel = "info"\n')
    with pytest.raises(ConfigError) as raised:
        loading.load(path, {name: "x"})
    assert str(raised.value) == WRONG_ENVIRONMENTS[name]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "[log]\nlevle = 1\n[turn]\nmax_s = 0\n")
    with pytest.raises(ConfigError, match=r"levle: unknown key.*; .*max_s: should be"):
        loading.load(path, {})


def test_a_missing_file_and_broken_toml_say_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: can't read it: No such file"):
        loading.load(tmp_path / "gone.toml", {})
    with pytest.raises(ConfigError, match=r"not valid TOML: .*line 1"):
        loading.load(write(tmp_path, "[log\n"), {})
    (tmp_path / "pommai.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not valid TOML"):
        loading.load(tmp_path / "pommai.toml", {})


def test_a_secret_in_the_file_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    path = write(tmp_path, '[llm.openai]\napi_key = "sk-very-secret"\n')
    with pytest.raises(ConfigError) as raised:
        loading.load(path, {})
    assert "sk-very-secret" not in str(raised.value)
