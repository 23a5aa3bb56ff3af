"""Keeps what libraries load and the toy never uses out of it: 3 MB, and a tenth of its start.

Python's `importlib.metadata` brings its e-mail, zip and CSV modules. wyoming reads its own version through it when
it is imported, and gpiozero is ready to look for pin factories. So this is imported before them, and acts then.
"""

import sys
from types import ModuleType


def _entry_points(**which: str) -> object:
    from importlib.metadata import entry_points

    return entry_points(**which)


_version = ModuleType("wyoming.version")
vars(_version)["__version__"] = ""
_back_port = ModuleType("importlib_metadata")  # which gpiozero tries first
vars(_back_port)["entry_points"] = _entry_points
for _module in (_version, _back_port):
    sys.modules.setdefault(_module.__name__, _module)
