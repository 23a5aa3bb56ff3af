"""`pommai-hub password`: with a hub and without one, at a terminal and without one."""

import os
import pty
import re
import subprocess
import urllib.parse
import urllib.request
from http import HTTPStatus
from http.cookiejar import CookieJar
from pathlib import Path

from tests.cli.command import ENV, HUB, LIMIT_S, ServingHub, hub_command, one_line

NEW = "a horse on the moon"


def signs_in(hub: ServingHub, password: str) -> bool:
    """Whether the pages of a running hub take it."""
    url = hub.ready.guardian_url
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{url}sign-in", timeout=LIMIT_S).read().decode()
    token = re.search(r'name="csrf" value="(\w+)"', page)
    assert token
    form = urllib.parse.urlencode({"csrf": token[1], "password": password}).encode()
    asked = urllib.request.Request(f"{url}sign-in", form, {"Origin": url.rstrip("/")})
    try:
        return "Sign out" in browser.open(asked, timeout=LIMIT_S).read().decode()
    except urllib.error.HTTPError as refused:
        if refused.code == HTTPStatus.FORBIDDEN:
            return False
        raise


def test_a_forgotten_password_is_replaced_while_the_hub_runs(
    data: Path, running: ServingHub
) -> None:
    first = hub_command("password", "--data", data, stdin="the first of all\n")
    assert first.stdout == "The new password holds. Every phone and browser was signed out.\n"
    assert signs_in(running, "the first of all")
    assert hub_command("password", "--data", data, stdin=f"{NEW}\n").returncode == 0
    assert not signs_in(running, "the first of all")
    assert signs_in(running, NEW)


def test_one_that_is_too_short_changes_nothing(data: Path) -> None:
    said = one_line(hub_command("password", "--data", data, stdin="short\n"))
    assert "10 characters or more" in said


def test_at_a_terminal_it_is_asked_for_twice_and_not_shown(data: Path) -> None:
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [HUB, "password", "--data", data],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=ENV,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        said = ""
        for asked, typed in (("New password", NEW), ("same again", f"{NEW}!")):
            while asked not in said:
                said += os.read(keyboard, 1000).decode()
            os.write(keyboard, f"{typed}\n".encode())
        assert process.wait(LIMIT_S) == 2
        said += os.read(keyboard, 1000).decode()
    os.close(keyboard)
    assert "not the same" in said
    assert NEW not in said
