"""Which Pommai this is: read once, as a package's metadata is a file, and later it may not be opened."""

from importlib.metadata import version
from typing import Final

VERSION: Final = version("pommai")
