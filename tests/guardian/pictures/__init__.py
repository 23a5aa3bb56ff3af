"""Approved pictures of every page: taken, kept and compared.

    python -m tests.guardian.pictures            says which pages look otherwise than approved
    python -m tests.guardian.pictures --approve  approves all of them as they look now

Each page in each state is taken of a family at a set moment, in one font, and kept at half its size.
Pictures tell something only about the major version of Chromium that they were taken with: with another one, or
without the font, nothing is compared. Left out are pages that name the networks of this machine.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image, ImageChops, ImageOps
from playwright.async_api import Page, ViewportSize

from tests.guardian.every_page import DESK, PHONE, every_sight, example_page

APPROVED = Path(__file__).parent / "approved"
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
"""Of Debian's fonts-dejavu-core, which Chromium brings along."""
LOOKS: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = (
    (PHONE, "light"),
    (PHONE, "dark"),
    (DESK, "light"),
)
"""The dark has colours of its own, and no arrangement. The first alone of …"""
FRAGMENTS = ("empty", "mistyped", "viewer")
"""States of pages that are looked at in full anyway."""
BITS = 4
"""Of each colour are kept."""
FAINT = 40
"""Of 255: by so much the edges of letters may differ."""
FEW = 3
"""So many pixels may differ by more."""
FINGERPRINT = re.compile(r"^\s*([0-9a-f]{2,4}[: ]?){8,}\s*$", re.IGNORECASE)
FOLDER = ".path, p:has(+ .path), .path ~ table"
"""Where what is kept lies on this machine, and how large it is."""
FONTS = f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{FONT.parent}</dir>
  <cachedir>{{cache}}</cachedir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <match target="pattern">
    <test name="family" compare="not_eq"><string>monospace</string></test>
    <edit name="family" mode="append_last"><string>DejaVu Sans</string></edit>
  </match>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""


@dataclass(frozen=True)
class MadeWith:
    """What pictures depend on besides the pages."""

    chromium: str
    """Its major version."""
    font: str
    """The hash of its file."""

    @classmethod
    def here(cls, page: Page) -> "MadeWith":
        assert page.context.browser
        font = hashlib.sha256(FONT.read_bytes()).hexdigest() if FONT.exists() else ""
        return cls(page.context.browser.version.split(".")[0], font)

    def keep(self, folder: Path) -> None:
        (folder / "made-with.json").write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")

    def why_incomparable(self, folder: Path) -> str:
        """Empty where pictures in `folder` can be compared with those that are made with this."""
        file = folder / "made-with.json"
        if not file.exists():
            return "no pictures were approved yet"
        there = MadeWith(**json.loads(file.read_text("utf-8")))
        if there.chromium != self.chromium:
            return f"the pictures are Chromium {there.chromium}'s, and here is {self.chromium}"
        return (
            "" if there.font == self.font else f"the pictures' font {FONT} is missing, or another"
        )


class Comparison:
    """Of pages as they look now with those approved; how they look otherwise is written to `out`."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._found: list[str] = []
        self._missing = {file.name for file in APPROVED.glob("*.webp")}

    async def look(self, page: Page, name: str) -> None:
        """`page` shows what is called `name`."""
        async for file, picture in _looks(page, name):
            self._missing.discard(file)
            if change := difference(APPROVED / file, picture, self._out):
                self._found.append(f"{file}: {change}")

    def changes(self) -> list[str]:
        """Which pages look otherwise than approved, once all were looked at."""
        return [*self._found, *(f"{file}: this page is gone" for file in sorted(self._missing))]


async def approve(work: Path, folder: Path = APPROVED) -> int:
    """Keep every page as it looks now; gives how many pictures that is."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    count = 0
    async with example_page(work / "home", fonts(work)) as (page, site):
        MadeWith.here(page).keep(folder)
        async for name in every_sight(page, site):
            async for file, picture in _looks(page, name):
                save(picture, folder / file)
                count += 1
    return count


async def compare(work: Path, out: Path) -> list[str]:
    """What `Comparison.changes` tells of every page, or why nothing can be compared."""
    async with example_page(work / "home", fonts(work)) as (page, site):
        if why := MadeWith.here(page).why_incomparable(APPROVED):
            return [why]
        comparison = Comparison(out)
        async for name in every_sight(page, site):
            await comparison.look(page, name)
    return comparison.changes()


def save(picture: Image.Image, file: Path) -> None:
    picture.save(file, lossless=True, quality=50, method=3)


def difference(approved: Path, picture: Image.Image, out: Path) -> str:
    """What is different, or nothing; the picture and, in red, where it differs are then in `out`."""
    if not approved.exists():
        change, marked = "new", None
    else:
        before = Image.open(approved).convert("RGB")
        if before.size != picture.size:
            change, marked = f"{picture.size} in place of {before.size}", None
        else:
            bands = ImageChops.difference(before, picture).split()
            most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
            differs = most.point(lambda value: 255 if value > FAINT else 0)
            pixels = differs.histogram()[255]
            change = f"{pixels} pixels differ" if pixels > FEW else ""
            marked = Image.composite(Image.new("RGB", picture.size, "red"), picture, differs)
    if change:
        out.mkdir(parents=True, exist_ok=True)
        picture.save(out / f"{approved.stem}.new.png")
        if marked:
            marked.save(out / f"{approved.stem}.difference.png")
    return change


async def _looks(page: Page, name: str) -> AsyncIterator[tuple[str, Image.Image]]:
    if await page.locator("[name=interface]").count():
        return
    for size, shade in LOOKS[:1] if name.startswith(FRAGMENTS) else LOOKS:
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=shade)
        yield (
            f"{name.replace(', ', '-').replace(' ', '-')}.{size['width']}.{shade}.webp",
            await take(page),
        )
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(PHONE)


async def take(page: Page) -> Image.Image:
    """The whole page at half its size and with BITS of each colour, without what is made anew for each household."""
    # Of one length everywhere, as a longer one takes more lines.
    await page.locator(".path, .address").evaluate_all(
        "all => all.forEach(one => one.textContent = '/data')"
    )
    png = await page.screenshot(
        full_page=True,
        animations="disabled",
        caret="hide",
        mask=[
            page.locator(FOLDER),
            page.locator("p, dd").filter(has=page.locator("code").filter(has_text=FINGERPRINT)),
        ],
        mask_color="#888888",
    )
    return ImageOps.posterize(Image.open(BytesIO(png)).convert("RGB").reduce(2), BITS)


def fonts(work: Path) -> Path | None:
    """Written to `work`: what has Chromium show all in one font; None where the machine lacks it."""
    if not FONT.exists():
        return None
    file = work / "fonts.conf"
    file.write_text(FONTS.format(cache=work / "fonts"), "utf-8")
    return file
