"""See the package."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.guardian import pictures


async def main(approving: bool) -> int:
    with tempfile.TemporaryDirectory() as name:
        if approving:
            print(f"{await pictures.approve(Path(name))} pictures in {pictures.APPROVED}")
            return 0
        out = Path(tempfile.mkdtemp(prefix="pommai-pictures-"))
        changes = await pictures.compare(Path(name), out)
        print("\n".join([*changes, f"what changed is in {out}"]) if changes else "as approved")
        return len(changes) > 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.guardian.pictures")
    parser.add_argument("--approve", action="store_true", help="approve all pages as they look now")
    sys.exit(asyncio.run(main(parser.parse_args().approve)))
