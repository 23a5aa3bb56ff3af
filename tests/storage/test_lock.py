import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from hub.errors import AlreadyRunningError, DataError
from hub.storage.folder import household_lock

HOLD = """
import sys
from pathlib import Path
from hub.storage.folder import household_lock
with household_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


async def test_a_second_hub_is_told_who_holds_the_folder_and_what_to_do(folder: Path) -> None:
    first = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLD,
        folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert first.stdout is not None
    assert await first.stdout.readline() == b"held\n"

    line = rf"another hub \(process {first.pid}\) uses {folder}: stop it, or choose another folder"
    with pytest.raises(AlreadyRunningError, match=line), household_lock(folder):
        pass
    first.kill()
    await first.communicate()
    with household_lock(folder):
        assert (folder / "hub.lock").read_text() == f"{os.getpid()}\n"


def test_the_lock_is_free_again_after_its_block(folder: Path) -> None:
    for _ in range(2):
        with household_lock(folder), pytest.raises(AlreadyRunningError), household_lock(folder):
            pass


def test_the_folder_is_made_for_its_owner_alone(folder: Path) -> None:
    with household_lock(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "hub.lock").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(DataError, match="is a file, not a folder"),
        household_lock(tmp_path / "file"),
    ):
        pass
