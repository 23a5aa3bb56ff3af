"""The add-on for Home Assistant: held to what its Supervisor documents, and to the hub's own settings."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter

from hub.config import loading
from hub.domain.version import VERSION

ADDON = Path(__file__).parents[2] / "integrations" / "homeassistant" / "addon"

Element = Annotated[
    str, Field(pattern=r"^(str|bool|email|url|port|password|int|float|match\(.+\)|list\(.+\))\??$")
]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Mapped(Strict):
    type: Literal["data", "ssl", "addons", "backup", "share", "media", "addon_config"]
    read_only: bool = True


class Described(Strict):
    """Those keys of config.yaml that we use, as developers.home-assistant.io tells them."""

    name: str
    version: str
    slug: Annotated[str, Field(pattern=r"^[-_.A-Za-z0-9]+$")]
    description: str
    url: Annotated[HttpUrl, Field(strict=False)]
    arch: list[Literal["aarch64", "amd64"]]
    startup: Literal["initialize", "system", "services", "application", "once"]
    stage: Literal["stable", "experimental", "deprecated"]
    host_network: bool
    ingress: bool
    ingress_port: Annotated[int, Field(ge=0, le=65535)]
    ingress_stream: bool
    panel_icon: Annotated[str, Field(pattern="^mdi:")]
    watchdog: Annotated[str, Field(pattern=r"^(?:https?|tcp)://\[HOST\]:(\[PORT:\d+\]|\d+).*$")]
    backup: Literal["hot", "cold"]
    backup_exclude: list[str]
    map: list[Mapped]
    options: dict[str, Any]
    schema_: Annotated[
        dict[str, Element | list[Element | dict[str, Element]]], Field(alias="schema")
    ]


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ADDON / "config.yaml").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("addon_start", ADDON / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_description_is_one_that_the_supervisor_takes(config: dict[str, Any]) -> None:
    told = TypeAdapter(Described).validate_python(config)
    assert told.version == VERSION
    assert told.options.keys() <= told.schema_.keys()
    assert {path.name for path in ADDON.iterdir()} >= {"DOCS.md", "Dockerfile", "translations"}


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_option_is_told_in_each_language(config: dict[str, Any], language: str) -> None:
    texts = yaml.safe_load((ADDON / "translations" / f"{language}.yaml").read_text("utf-8"))
    assert texts["configuration"].keys() == config["schema"].keys()
    assert all(text["name"] and text["description"] for text in texts["configuration"].values())


def test_options_become_the_hubs_settings(config: dict[str, Any], start: ModuleType) -> None:
    chosen = config["options"] | {
        "names": ["homeassistant.local", "192.168.1.10"],
        "settings": [{"name": "POMMAI_TALKS__KEEP_DAYS", "value": "7"}],
    }
    hub = loading.load(None, start.settings(chosen))
    assert hub.hub.data == Path("/data/pommai")
    assert hub.backup.folder == Path("/share/pommai")
    assert hub.guardian.names == ("homeassistant.local", "192.168.1.10")
    assert [str(network) for network in hub.guardian.trusted_proxies] == ["172.30.32.2/32"]
    assert (hub.guardian.host, hub.guardian.port) == (start.THIS_MACHINE, config["ingress_port"])
    assert hub.talks.keep_days == 7
    left_out = config["options"] | {"backup_folder": ""}
    assert "POMMAI_BACKUP__FOLDER" not in start.settings(left_out)


def test_its_name_pattern_takes_settings_and_keys(config: dict[str, Any]) -> None:
    pattern = config["schema"]["settings"][0]["name"].removeprefix("match(").removesuffix(")")
    assert re.match(pattern, "OPENAI_API_KEY")
    assert not re.match(pattern, "rm -rf")


def test_hadolint_has_nothing_to_say_of_its_image() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    command: list[str | Path] = [hadolint, "--failure-threshold", "style", ADDON / "Dockerfile"]
    lint = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (lint.stdout + lint.stderr, lint.returncode) == ("", 0)
