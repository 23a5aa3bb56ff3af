"""`pommai-hub card`: a freshly written Raspberry Pi OS card becomes a toy's, which installs itself at its first start.

Images since trixie carry cloud-init, which reads `user-data` and `network-config` from the boot partition; bookworm's
run a script that the kernel's command line names, as Raspberry Pi Imager has them do.
"""

import argparse
import getpass
import hashlib
import io
import json
import re
import shlex
import sys
import unicodedata
import zipfile
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from hub.cli.terminal import wrapped
from hub.config import Config
from hub.devices.updates import own_wheel
from hub.errors import DataError, RefusedError

MAX_NAME_CHARS: Final = 60
MAX_SSID_BYTES: Final = 32
MAX_HOST_NAME_CHARS: Final = 63
PASSWORD_CHARS: Final = range(8, 64)
"""Of WPA2; 64 hexadecimal digits are a key already."""
ON_THE_PI: Final = "/boot/firmware"
FIRST_BOOT: Final = "first-boot.sh"
RUN_ONCE: Final = (
    f"systemd.run={ON_THE_PI}/firstrun.sh systemd.run_success_action=reboot "
    "systemd.unit=kernel-command-line.target"
)
_OWN_WORDS: Final = re.compile(
    r" (?:systemd\.(?:run|run_success_action|unit)|cfg80211\.ieee80211_regdom)=\S*"
)

console = Console(highlight=False, soft_wrap=True, emoji=False)


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.description = (
        "Prepare a card with Raspberry Pi OS, so that the toy installs itself at its first start. "
        "The Wi-Fi's password is asked for; without a terminal, type it to stdin."
    )
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where the card's boot partition is mounted"
    )
    parser.add_argument("--name", required=True, help="how the toy is listed")
    parser.add_argument("--wifi", required=True, metavar="SSID", help="the name of your Wi-Fi")
    parser.add_argument(
        "--country", required=True, metavar="XX", help="where it is, in two letters, such as DE"
    )
    parser.add_argument(
        "--hardware", choices=("usb", "alsa"), default="usb", help="its sound (%(default)s)"
    )
    parser.add_argument(
        "--wake",
        choices=("manual", "word", "voice"),
        default="manual",
        help="what begins a turn; manual is the button (%(default)s)",
    )


def run(args: argparse.Namespace, _: Config) -> int:
    check_boot(args.folder)
    values = settings(args)
    values["WIFI_KEY"] = wifi_key(args.wifi, _password())
    write(args.folder, values)
    console.print(
        wrapped(
            f"The card is {args.name}'s. Take it out safely, put it into the toy, and plug it in where the Wi-Fi "
            "reaches: after some ten minutes the toy says its code.",
            sys.stdout,
        ),
        markup=False,
    )
    return 0


def check_boot(folder: Path) -> None:
    """Raises RefusedError for what is no boot partition of Raspberry Pi OS."""
    if not all((folder / name).is_file() for name in ("cmdline.txt", "config.txt")):
        raise RefusedError(
            f"{folder} is no boot partition of Raspberry Pi OS: name the folder where the card's first partition, "
            "bootfs, is mounted"
        )


def settings(args: argparse.Namespace) -> dict[str, str]:
    """What the first start is told. Raises RefusedError."""
    name, country = args.name.strip(), args.country.upper()
    odd = set(name) & set('"\\$`') or not name.isprintable()
    if odd or not 0 < len(name) <= MAX_NAME_CHARS:
        raise RefusedError(
            f"--name: up to {MAX_NAME_CHARS} characters, without quotes, backslashes and dollar signs"
        )
    if not re.fullmatch("[A-Z]{2}", country):
        raise RefusedError(f"--country {args.country}: two letters, such as DE, GB or US")
    if not (args.wifi.isprintable() and 0 < len(args.wifi.encode()) <= MAX_SSID_BYTES):
        raise RefusedError(f"--wifi: a Wi-Fi's name has 1 to {MAX_SSID_BYTES} bytes")
    return {
        "TOY": name,
        "HARDWARE": args.hardware,
        "WAKE": args.wake,
        "HOST_NAME": host_name(name),
        "WIFI": args.wifi,
        "COUNTRY": country,
        "TIME_ZONE": time_zone(),
    }


def time_zone() -> str:
    """This machine's, such as Europe/Berlin, by which the toy says good night; "" where it doesn't tell."""
    return str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")[2]


def host_name(name: str) -> str:
    """A toy's name as letters, digits and hyphens; `toy` where none is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:MAX_HOST_NAME_CHARS].strip("-") or "toy"


def wifi_key(ssid: str, password: str) -> str:
    """The key of WPA2 in hexadecimal digits (PBKDF2, IEEE 802.11i annex H.4), so that the password itself stays off the
    card. Raises RefusedError."""
    if re.fullmatch("[0-9a-fA-F]{64}", password):
        return password.lower()
    if len(password) not in PASSWORD_CHARS or not (password.isascii() and password.isprintable()):
        raise RefusedError(
            f"a Wi-Fi's password has {PASSWORD_CHARS[0]} to {PASSWORD_CHARS[-1]} characters of the English keyboard"
        )
    return hashlib.pbkdf2_hmac("sha1", password.encode(), ssid.encode(), 4096, 32).hex()


def write(folder: Path, values: dict[str, str]) -> None:
    """All that the first start needs; a card may be prepared again. Raises DataError."""
    wheel = own_wheel()
    clouded = (folder / "user-data").is_file()
    if clouded:
        texts = _cloud_init(values)
        kept = values | dict.fromkeys(("HOST_NAME", "WIFI", "WIFI_KEY", "COUNTRY", "TIME_ZONE"), "")
    else:
        kept = values
        texts = {"firstrun.sh": f"#!/bin/sh\nexec sh {ON_THE_PI}/pommai/{FIRST_BOOT} prepare\n"}
    texts["pommai/card.conf"] = "".join(f"{k}={shlex.quote(v)}\n" for k, v in kept.items())
    with zipfile.ZipFile(io.BytesIO(wheel.data)) as packed:
        for name in (FIRST_BOOT, "install.sh"):
            texts[f"pommai/{name}"] = packed.read(f"satellite/install/{name}").decode()
    try:
        line = _OWN_WORDS.sub("", (folder / "cmdline.txt").read_text("utf-8").strip())
        words = [line, f"cfg80211.ieee80211_regdom={values['COUNTRY']}"]
        (folder / "pommai").mkdir(exist_ok=True)
        for old in (folder / "pommai").glob("*.whl"):
            old.unlink()
        (folder / f"pommai/pommai-{wheel.version}-py3-none-any.whl").write_bytes(wheel.data)
        for path, text in texts.items():
            (folder / path).write_text(text, "utf-8", newline="\n")
        # Last, as from here on the card is a toy's.
        joined = " ".join(words if clouded else [*words, RUN_ONCE])
        (folder / "cmdline.txt").write_text(f"{joined}\n", "utf-8", newline="\n")
    except OSError as error:
        raise DataError(f"{folder}: can't write there ({error.strerror})") from error


def _cloud_init(values: dict[str, str]) -> dict[str, str]:
    """cloud-init's three files. JSON is YAML, too, whatever stands in a name."""
    first_boot = ["sh", f"{ON_THE_PI}/pommai/{FIRST_BOOT}", "prepare"]
    user: dict[str, Any] = {
        "hostname": values["HOST_NAME"],
        "manage_etc_hosts": True,
        **({"timezone": values["TIME_ZONE"]} if values["TIME_ZONE"] else {}),
        "ssh_pwauth": False,
        # Nobody signs in to a toy; without a user the first start would ask for one.
        "users": [{"name": "toy", "lock_passwd": True, "shell": "/usr/sbin/nologin"}],
        "bootcmd": [["cloud-init-per", "instance", "pommai", *first_boot]],
    }
    wifi = {
        "dhcp4": True,
        "optional": True,
        "regulatory-domain": values["COUNTRY"],
        "access-points": {values["WIFI"]: {"password": values["WIFI_KEY"]}},
    }
    wired = {"dhcp4": True, "optional": True}
    network = {"version": 2, "ethernets": {"eth0": wired}, "wifis": {"wlan0": wifi}}
    mark = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
    # Another id is another first start to cloud-init, so that a card can be prepared again.
    meta = {"dsmode": "local", "instance-id": f"pommai-{mark}"}
    return {
        "user-data": f"#cloud-config\n{json.dumps(user, indent=1)}\n",
        "network-config": f"{json.dumps({'network': network}, indent=1)}\n",
        "meta-data": f"{json.dumps(meta)}\n",
    }


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(PASSWORD_CHARS[-1] + 3).rstrip("\n")
    return getpass.getpass("The Wi-Fi's password: ")
