"""The component's files against the rules that Home Assistant's own checker, hassfest, publishes.

Said here in our words, with Home Assistant's validators: script/hassfest in home-assistant/core.
"""

import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import voluptuous as vol
from custom_components.pommai.config_flow import ERRORS
from custom_components.pommai.errors import MESSAGES
from custom_components.pommai.sensor import STATES
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import selector
from homeassistant.util.yaml import load_yaml

COMPONENT = Path(__file__).parents[2] / "integrations/homeassistant/custom_components/pommai"
LANGUAGES = ("en", "de")

KEY = re.compile(r"^(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])$")
URL = re.compile(r"((ftp|https?|mqtts?|socks5?)://|www\.)[a-z0-9]", re.IGNORECASE)


def read(name: str) -> Any:
    return json.loads((COMPONENT / name).read_text("utf-8"))


def key(value: str) -> str:
    if not KEY.match(value):
        raise vol.Invalid(f"{value!r} is no translation key")
    return value


def text(value: Any) -> str:
    shown = cv.string_with_no_html(value)
    if shown != shown.strip():
        raise vol.Invalid("begins or ends with a space")
    if re.search(r"'{\w+}'", shown):
        raise vol.Invalid("a placeholder in single quotes")
    if URL.search(shown):
        raise vol.Invalid("an address; it belongs in a placeholder")
    if "[%" in shown:
        raise vol.Invalid("a reference, which a custom integration can't use")
    for _, field, _, _ in string.Formatter().parse(shown):
        if field is not None and not field.isidentifier():
            raise vol.Invalid("a placeholder that is no identifier")
    return shown


def plain_text(value: Any) -> str:
    shown = text(value)
    if "{" in shown:
        raise vol.Invalid("a placeholder, where there can be none")
    return shown


def icon(value: Any) -> str:
    if not re.fullmatch(r"mdi:[a-z0-9-]+", str(value)):
        raise vol.Invalid("no Material Design icon")
    return str(value)


def by_key(value: Any) -> Any:
    return {key: value}


TEXTS = {str: text}
FLOW = {
    vol.Optional("flow_title"): text,
    vol.Required("step"): {
        str: {
            vol.Required("title"): text,
            vol.Optional("description"): text,
            vol.Optional("data"): TEXTS,
            vol.Optional("data_description"): TEXTS,
        }
    },
    vol.Optional("error"): TEXTS,
    vol.Optional("abort"): TEXTS,
}
STRINGS = vol.Schema(
    {
        vol.Required("config"): FLOW,
        vol.Optional("options"): FLOW,
        vol.Required("entity"): {
            cv.slug: by_key(
                {
                    vol.Required("name"): text,
                    vol.Optional("state"): by_key(plain_text),
                    vol.Optional("state_attributes"): by_key(
                        {
                            vol.Optional("name"): plain_text,
                            vol.Optional("state"): by_key(plain_text),
                        }
                    ),
                }
            )
        },
        vol.Optional("exceptions"): {cv.slug: {vol.Required("message"): text}},
        vol.Optional("issues"): {
            str: vol.Any(
                {vol.Required("title"): text, vol.Required("description"): text},
                {vol.Required("title"): text, vol.Required("fix_flow"): FLOW},
            )
        },
        vol.Optional("services"): by_key(
            {
                vol.Required("name"): text,
                vol.Required("description"): text,
                vol.Optional("fields"): by_key(
                    {vol.Required("name"): str, vol.Required("description"): text}
                ),
            }
        ),
    }
)
ENTITY_ICONS = {
    vol.Required("default"): icon,
    vol.Optional("state"): by_key(icon),
    vol.Optional("state_attributes"): by_key(
        {vol.Required("default"): icon, vol.Required("state"): by_key(icon)}
    ),
}
ICONS = vol.Schema(
    {
        vol.Required("entity"): {cv.slug: by_key(ENTITY_ICONS)},
        vol.Required("services"): by_key({vol.Required("service"): icon}),
    }
)
SERVICES = vol.Schema(
    {
        cv.slug: {
            vol.Required("target"): selector.TargetSelector.CONFIG_SCHEMA,
            vol.Optional("fields"): {
                str: {
                    vol.Optional("example"): vol.All(object, vol.NotIn([None])),
                    vol.Optional("required"): bool,
                    vol.Required("selector"): selector.validate_selector,
                }
            },
        }
    }
)
MANIFEST = vol.Schema(
    {
        vol.Required("domain"): "pommai",
        vol.Required("name"): str,
        vol.Required("codeowners"): vol.All([vol.Match(r"^@[\w-]+$")], vol.Length(min=1)),
        vol.Required("config_flow"): True,
        vol.Required("dependencies"): ["conversation"],
        vol.Required("documentation"): vol.All(vol.Url(), vol.Match(r"^https://")),
        vol.Required("integration_type"): vol.In(["device", "hub", "service"]),
        vol.Required("iot_class"): vol.In(["local_polling", "local_push"]),
        vol.Required("issue_tracker"): vol.Url(),
        vol.Required("loggers"): [str],
        vol.Required("requirements"): [],
        vol.Required("version"): vol.Match(r"^\d+\.\d+\.\d+$"),
        vol.Required("zeroconf"): [vol.Match(r"^_[a-z-]{1,15}\._tcp\.local\.$")],
    }
)
RULES = {
    "bronze": (
        "action-setup appropriate-polling brands common-modules config-flow"
        " config-flow-test-coverage dependency-transparency docs-actions docs-conditions"
        " docs-high-level-description docs-installation-instructions docs-removal-instructions"
        " docs-triggers entity-event-setup entity-unique-id has-entity-name runtime-data"
        " test-before-configure test-before-setup unique-config-entry"
    ),
    "silver": (
        "action-exceptions config-entry-unloading docs-configuration-parameters"
        " docs-installation-parameters entity-unavailable integration-owner"
        " log-when-unavailable parallel-updates reauthentication-flow test-coverage"
    ),
    "gold": (
        "devices diagnostics discovery discovery-update-info docs-data-update docs-examples"
        " docs-known-limitations docs-supported-devices docs-supported-functions"
        " docs-troubleshooting docs-use-cases dynamic-devices entity-category"
        " entity-device-class entity-disabled-by-default entity-translations"
        " exception-translations icon-translations reconfiguration-flow repair-issues"
        " stale-devices"
    ),
    "platinum": "async-dependency inject-websession strict-typing",
}
EXPLAINED = {vol.Required("status"): vol.In(["done", "todo", "exempt"])}
QUALITY = vol.Schema(
    {
        vol.Required("rules"): {
            vol.In(" ".join(RULES.values()).split()): vol.Any(
                "done", "todo", EXPLAINED | {vol.Required("comment"): str}
            )
        }
    }
)


def test_the_manifest_is_whole_and_its_keys_are_sorted() -> None:
    manifest = read("manifest.json")
    MANIFEST(manifest)
    first = {"domain": ".domain", "name": ".name"}
    assert list(manifest) == sorted(manifest, key=lambda name: first.get(name, name))
    assert manifest["domain"] == COMPONENT.name


@pytest.mark.parametrize("name", ["strings.json", *(f"translations/{it}.json" for it in LANGUAGES)])
def test_texts_are_as_home_assistant_wants_them(name: str) -> None:
    strings = read(name)
    STRINGS(strings)
    for flow in (strings["config"], strings["options"]):
        for step in flow["step"].values():
            assert step.get("data_description", {}).keys() == step.get("data", {}).keys()


def test_english_is_what_the_strings_say() -> None:
    assert read("translations/en.json") == read("strings.json")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    else:
        yield path, value


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_translation_has_every_text_with_the_same_placeholders(language: str) -> None:
    def placeholders(texts: Any) -> dict[str, set[str]]:
        return {path: set(re.findall(r"{\w+}", shown)) for path, shown in leaves(texts)}

    assert placeholders(read(f"translations/{language}.json")) == placeholders(read("strings.json"))


def test_icons_are_as_home_assistant_wants_them() -> None:
    icons = read("icons.json")
    ICONS(icons)
    for entities in icons["entity"].values():
        for entity in entities.values():
            assert entity["default"] not in entity.get("state", {}).values()


def test_every_entity_has_a_name_and_an_icon() -> None:
    named = {kind: set(them) for kind, them in read("strings.json")["entity"].items()}
    pictured = {kind: set(them) for kind, them in read("icons.json")["entity"].items()}
    assert named == pictured
    assert set(read("strings.json")["entity"]["sensor"]["state"]["state"]) == set(STATES)


def test_services_are_described_and_pictured() -> None:
    services = load_yaml(str(COMPONENT / "services.yaml"))
    assert isinstance(services, dict)
    SERVICES(services)
    strings, icons = read("strings.json")["services"], read("icons.json")["services"]
    assert services.keys() == strings.keys() == icons.keys()
    for name, service in services.items():
        assert service["fields"].keys() == strings[name]["fields"].keys()


def test_every_error_has_its_text() -> None:
    strings = read("strings.json")
    told = {name: it["message"] for name, it in strings["exceptions"].items()}
    assert told == MESSAGES
    assert set(strings["config"]["error"]) == ERRORS | {"cannot_connect"}


def test_every_way_that_a_flow_ends_has_its_text() -> None:
    strings = read("strings.json")["config"]
    source = (COMPONENT / "config_flow.py").read_text("utf-8")
    flow, _, options = source.partition("class AgentOptions")
    ends = set(re.findall(r'reason="(\w+)"', flow))
    assert set(strings["abort"]) == ends | {"already_configured", "already_in_progress"}
    assert set(re.findall(r'reason="(\w+)"', options)) == {"hub_away"}
    steps = set(re.findall(r'(?:step_id=|_ask_token\()"(\w+)"', flow))
    assert set(strings["step"]) == steps


def test_each_rule_of_the_quality_scale_is_answered() -> None:
    quality = load_yaml(str(COMPONENT / "quality_scale.yaml"))
    assert isinstance(quality, dict)
    QUALITY(quality)
    assert list(quality["rules"]) == [rule for tier in RULES.values() for rule in tier.split()]
    for rule in (RULES["bronze"] + " " + RULES["silver"]).split():
        answer = quality["rules"][rule]
        assert (answer if isinstance(answer, str) else answer["status"]) in ("done", "exempt"), rule


def test_each_platform_says_how_much_it_does_at_once() -> None:
    for source in set(COMPONENT.glob("*.py")) - {COMPONENT / "__init__.py"}:
        code = source.read_text("utf-8")
        if re.search(r"^(async def )?async_setup_entry\b", code, re.MULTILINE):
            assert re.search(r"^PARALLEL_UPDATES = \d$", code, re.MULTILINE), source.name


@pytest.mark.parametrize(("name", "side"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_the_picture_has_the_size_that_home_assistant_wants(name: str, side: int) -> None:
    head = (COMPONENT / "brand" / name).read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert [int.from_bytes(head[at : at + 4]) for at in (16, 20)] == [side, side]
