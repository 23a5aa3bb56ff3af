"""`pommai-hub card`, on made boot partitions of both kinds, and what the card then does at its first start."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import hub_command, one_line
from tests.programs import needs

SCRIPT = Path(__file__).parents[2] / "satellite" / "install" / "first-boot.sh"
CMDLINE = (
    "console=tty1 root=PARTUUID=4d1f-02 rootwait quiet init=/usr/lib/raspberrypi-sys-mods/firstboot"
)
PASSWORD = "a horse, on the 'moon'"
SSID = 'The "Bears" \\ home'
KEY = hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), SSID.encode(), 4096, 32).hex()
GIVEN = {"--name": "Bär Bruno", "--wifi": SSID, "--country": "de"}


def card(boot: Path, password: str = PASSWORD, **changed: str) -> subprocess.CompletedProcess[str]:
    given = GIVEN | {f"--{name}": value for name, value in changed.items()}
    return hub_command(
        "card", boot, *(part for pair in given.items() for part in pair), stdin=f"{password}\n"
    )


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """The boot partition of a card with bookworm."""
    into = tmp_path / "pi" / "boot" / "firmware"
    into.mkdir(parents=True)
    (into / "cmdline.txt").write_text(f"{CMDLINE}\n")
    (into / "config.txt").write_text("arm_64bit=1\n")
    return into


def first_boot(boot: Path, *step: str) -> subprocess.CompletedProcess[str]:
    """What the Pi runs at its first start, below a folder in place of its root."""
    return subprocess.run(
        ["sh", boot / "pommai" / "first-boot.sh", *step],
        env={**os.environ, "DESTDIR": str(boot.parents[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.toys.card.time_zone", lambda: "Europe/Berlin")


def test_a_trixie_card_gets_cloud_inits_files(boot: Path) -> None:
    (boot / "user-data").write_text("#cloud-config\n")
    done = card(boot)
    assert (done.returncode, done.stderr) == (0, "")
    assert "after some ten minutes the toy says its code" in " ".join(done.stdout.split())
    said = (boot / "user-data").read_text()
    assert said.startswith("#cloud-config\n")
    user = json.loads(said.removeprefix("#cloud-config\n"))  # which is YAML, too
    assert user["hostname"] == "bar-bruno"
    assert user["timezone"] == "Europe/Berlin"
    assert user["ssh_pwauth"] is False
    assert [who["lock_passwd"] for who in user["users"]] == [True]
    assert user["bootcmd"][0][-2:] == ["/boot/firmware/pommai/first-boot.sh", "prepare"]
    network = json.loads((boot / "network-config").read_text())["network"]
    assert network["wifis"]["wlan0"]["access-points"] == {SSID: {"password": KEY}}
    assert network["wifis"]["wlan0"]["regulatory-domain"] == "DE"
    assert (boot / "cmdline.txt").read_text() == f"{CMDLINE} cfg80211.ieee80211_regdom=DE\n"
    written = [path for path in boot.rglob("*") if path.is_file() and path.suffix != ".whl"]
    kept = b"".join(path.read_bytes() for path in written)
    assert PASSWORD.encode() not in kept

    first = json.loads((boot / "meta-data").read_text())
    assert card(boot, name="Teddy").returncode == 0
    assert json.loads((boot / "meta-data").read_text()) != first, "it would not begin anew"


def test_a_bookworm_card_runs_once_and_then_the_installer(boot: Path) -> None:
    assert card(boot).returncode == 0
    assert card(boot).returncode == 0, "a card may be prepared again"
    line = (boot / "cmdline.txt").read_text()
    assert line.count("\n") == 1
    assert line.startswith(f"{CMDLINE} cfg80211")
    [script] = re.findall(r" systemd\.run=/boot/firmware/(\S+)", line)
    assert "/boot/firmware/pommai/first-boot.sh prepare" in (boot / script).read_text()

    root = boot.parents[1]
    imager = root / "usr/lib/raspberrypi-sys-mods/imager_custom"  # the image's own
    imager.parent.mkdir(parents=True)
    imager.write_text(f"#!/bin/sh\nprintf '%s|' \"$@\" >>{root}/asked\n")
    imager.chmod(0o755)
    prepared = first_boot(boot, "prepare")
    assert (prepared.returncode, prepared.stderr) == (0, "")
    asked = (root / "asked").read_text()
    assert asked == f"set_hostname|bar-bruno|set_wlan|{SSID}|{KEY}|DE|set_timezone|Europe/Berlin|"
    assert (boot / "cmdline.txt").read_text() == f"{CMDLINE} cfg80211.ieee80211_regdom=DE\n"
    assert not (boot / script).exists()
    [unit] = (root / "etc/systemd/system").iterdir()
    assert "ExecStart=/bin/sh /boot/firmware/pommai/first-boot.sh install\n" in unit.read_text()

    installed = first_boot(boot, "install", "--dry-run")
    assert (installed.returncode, installed.stderr) == (0, "")
    assert f"--no-deps --no-build-isolation --force-reinstall {boot}/pommai/pommai-" in (
        installed.stdout
    )
    assert f"+ write {root}/etc/pommai-satellite.conf" in installed.stdout
    assert not (boot / "pommai").exists(), "nothing of it is needed again"
    assert not unit.exists()


@pytest.mark.parametrize(
    ("changed", "password", "said"),
    [
        ({"country": "Germany"}, PASSWORD, "two letters, such as DE"),
        ({"wifi": "x" * 33}, PASSWORD, "1 to 32 bytes"),
        ({"name": "$(reboot)"}, PASSWORD, "without quotes"),
        ({}, "short", "8 to 63 characters"),
        ({}, "ünglaublich", "English keyboard"),
    ],
)
def test_what_cannot_be_is_one_line_and_touches_nothing(
    boot: Path, changed: dict[str, str], password: str, said: str
) -> None:
    assert said in " ".join(one_line(card(boot, password, **changed)).split())
    assert {path.name for path in boot.iterdir()} == {"cmdline.txt", "config.txt"}


def test_another_folder_is_refused(tmp_path: Path) -> None:
    assert "bootfs" in card(tmp_path).stderr
    assert not list(tmp_path.iterdir())


@needs("shellcheck")
def test_the_script_is_clean() -> None:
    subprocess.run(["shellcheck", str(SCRIPT)], check=True)
