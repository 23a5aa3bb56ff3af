"""Starts the hub in Home Assistant's container, with the options that a person chose under Configuration.

It begins as root, as Home Assistant's folders are root's, and is an ordinary user before the hub runs.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

OPTIONS: Final = Path("/data/options.json")
DATA: Final = Path("/data/pommai")
USER: Final = 10001
THIS_MACHINE: Final = "172.30.32.1"
"""Its address in the network of Home Assistant's own containers, where nobody else is."""
SUPERVISOR: Final = "172.30.32.2"
"""Who shows the pages within Home Assistant."""


def settings(options: Mapping[str, Any]) -> dict[str, str]:
    """The hub's settings, as its environment has them; what stands under `settings` wins."""
    return {
        "POMMAI_DATA": str(DATA),
        "POMMAI_GUARDIAN__HOST": THIS_MACHINE,
        "POMMAI_GUARDIAN__NAMES": ",".join(options["names"]),
        "POMMAI_GUARDIAN__TRUSTED_PROXIES": SUPERVISOR,
        "POMMAI_LOG__LEVEL": options["log_level"],
        **({"POMMAI_BACKUP__FOLDER": folder} if (folder := options.get("backup_folder")) else {}),
        **{each["name"]: each["value"] for each in options["settings"]},
    }


def main() -> None:
    given = settings(json.loads(OPTIONS.read_text("utf-8")))
    for folder in filter(None, (given["POMMAI_DATA"], given.get("POMMAI_BACKUP__FOLDER"))):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.chown(folder, USER, USER)
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)
    os.execvpe("pommai-hub", ["pommai-hub", "run"], os.environ | given | {"HOME": str(DATA)})  # noqa: S606, S607  # ours


if __name__ == "__main__":
    main()
