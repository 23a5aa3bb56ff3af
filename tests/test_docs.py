"""The documentation is held to the code: every setting, every link, every command that it shows.

`python -m tests.test_docs` writes the table of settings into docs/configuration.md.
"""

import io
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from hub import __main__ as pommai_hub
from satellite import __main__ as pommai_satellite
from tests.settings_keys import keys as every_key

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "docs" / "configuration.md"
FOLDERS = ("hub", "satellite", "guardian_web", "integrations", "tests", "docs", "bench")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
each_page = pytest.mark.parametrize("page", PAGES, ids=[str(p.relative_to(ROOT)) for p in PAGES])

KEYS = re.compile(r"(<!-- keys: [^>]*-->\n).*?(<!-- end of keys -->)", re.DOTALL)
FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
TARGETS = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()


def shown(default: object) -> str:
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    return "–" if default in ("", None) else f"`{default}`"


def settings_tables() -> str:
    """Every setting as Markdown, a table for each section."""
    tables: dict[str, list[str]] = {}
    for key in every_key():
        row = f"| `{key.name}` | {shown(key.default)} | {key.description} | `{key.env}` |"
        tables.setdefault(key.section, []).append(row)
    head = "| key | default | meaning | environment |\n|---|---|---|---|\n"
    return "".join(
        f"\n### [{section}]\n\n{head}" + "\n".join(rows) + "\n" for section, rows in tables.items()
    )


def with_settings(text: str) -> str:
    return KEYS.sub(lambda found: f"{found[1]}{settings_tables()}\n{found[2]}", text)


def test_the_configuration_page_says_every_key() -> None:
    text = CONFIGURATION.read_text("utf-8")
    assert KEYS.search(text)
    assert text == with_settings(text), "out of date; run: python -m tests.test_docs"


@each_page
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for found in LINK.finditer(FENCED.sub("", page.read_text("utf-8"))):
        target, _, anchor = (found[1] or found[2]).partition("#")
        if re.match(r"\w+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), f"{page.name}: {target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@each_page
def test_commands_that_are_shown_are_commands_that_there_are(page: Path) -> None:
    for command, whole in commands(page.read_text("utf-8")):
        assert complaint(command, whole=whole) == "", f"{page.name}: {command}"


def commands(text: str) -> Iterator[tuple[str, bool]]:
    """Our commands in a page, without abridged ones (…); those in a block of shell are whole."""
    lines = [(line, False) for line in INLINE.findall(FENCED.sub("", text))]
    for block in FENCED.finditer(text):
        if block["language"] in ("sh", "bash", "console"):
            code = block["code"].replace("\\\n", " ")
            lines += [(line, True) for line in code.splitlines()]
    for line, whole in lines:
        for part in re.split(r" \| | && |; ", line):
            command = re.sub(r"^(\$ )?(\w+=\S* )*(\.venv/bin/)?", "", part.strip())
            if re.match(r"(pommai-hub|pommai-satellite|make) ", command) and "…" not in command:
                yield command, whole


def complaint(command: str, *, whole: bool) -> str:
    """Why that is no command of ours; "" when it is. One that isn't `whole` may lack arguments."""
    program, *arguments = shlex.split(command, comments=True)
    if program == "make":
        known = {*TARGETS, "-s", "ARGS", "ONLY", "PYTHON"}
        strange = {word.partition("=")[0] for word in arguments} - known
        return f"make knows no {strange}" if strange else ""
    said = io.StringIO()
    try:
        with redirect_stderr(said), redirect_stdout(said):
            if program == "pommai-hub":
                pommai_hub.parse(arguments)
            else:
                pommai_satellite.parse(arguments, {})
    except SystemExit as stopped:
        abridged = not whole and "arguments are required" in said.getvalue()
        return "" if abridged or stopped.code == 0 else said.getvalue()
    return ""


@each_page
def test_files_that_are_named_are_there(page: Path) -> None:
    assert missing_files(page.read_text("utf-8")) == []


def missing_files(text: str) -> list[str]:
    """Paths in backticks that look like ours, and lead nowhere; `stt/sphinx.py`, the end of one, is enough."""
    folder = "|".join(FOLDERS)
    named = {name for name in INLINE.findall(FENCED.sub("", text)) if "NAME" not in name}
    return sorted(
        name
        for name in named - {"pommai.toml"}
        if (re.fullmatch(rf"({folder})/[\w./*-]*", name) and not any(ROOT.glob(name.rstrip("/"))))
        or (
            re.fullmatch(r"\w[\w./-]*\.(py|toml|html|js|css|sh|md|npz)", name)
            and not any(f"/{path}".endswith(f"/{name}") for path in our_files())
        )
    )


@cache
def our_files() -> frozenset[str]:
    """Paths from the project's folder."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    return frozenset(path.relative_to(ROOT).as_posix() for path in [*files, *ROOT.glob("*")])


def test_these_checks_catch_what_they_are_for() -> None:
    page = "Try `pommai-hub rum` and\n```sh\n$ .venv/bin/pommai-hub toys list --jsn | cat\n```\n"
    assert list(commands(page)) == [
        ("pommai-hub rum", False),
        ("pommai-hub toys list --jsn", True),
    ]
    assert "did you mean run?" in complaint("pommai-hub rum", whole=False)
    assert "--jsn" in complaint("pommai-hub toys list --jsn", whole=True)
    assert "NAME" in complaint("pommai-hub models get", whole=True)
    assert "coffee" in complaint("make coffee", whole=True)
    paths = "`hub/app.py`, `stt/sphinx.py`, `hub/house.py`, `mouth.py`, `bench/*.py`, `hub/*.ini`"
    assert missing_files(paths) == ["hub/*.ini", "hub/house.py", "mouth.py"]


if __name__ == "__main__":
    CONFIGURATION.write_text(with_settings(CONFIGURATION.read_text("utf-8")), "utf-8")
